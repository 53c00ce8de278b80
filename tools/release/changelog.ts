/** CHANGELOG.md, which follows Keep a Changelog: a section `## [1.2.3] - 2026-11-29` for each release, `## [Unreleased]` on top. */
const UNRELEASED = '## [Unreleased]\n';
const NEXT_SECTION = /^## \[/m;

export interface Released {
  /** The whole file, with the section of the release below an empty one. */
  text: string;
  /** What the section says, without its heading. */
  notes: string;
}

/**
 * Turns what is unreleased into a release.
 * @param date as YYYY-MM-DD
 * @throws RangeError when there is nothing to release, or the version has a section already
 */
export function release(changelog: string, version: string, date: string): Released {
  if (changelog.includes(`## [${version}]`)) throw new RangeError(`CHANGELOG.md has a section for ${version} already`);
  const [before, rest] = changelog.split(UNRELEASED);
  if (before === undefined || rest === undefined) throw new RangeError('CHANGELOG.md has no section [Unreleased]');
  const end = rest.search(NEXT_SECTION);
  const notes = (end < 0 ? rest : rest.slice(0, end)).trim();
  if (!notes) throw new RangeError('CHANGELOG.md says nothing under [Unreleased]: write what is new');
  return { text: `${before}${UNRELEASED}\n## [${version}] - ${date}\n${rest}`, notes };
}
