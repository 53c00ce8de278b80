/** `npm run release -- VERSION [--dry-run]`: changelog and versions in one commit, and its tag. Publishing is what the tag sets off. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { release } from './changelog.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const BRANCH = 'main';

try {
  main();
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** @throws RangeError when something is in the way; nothing has changed then */
function main(): void {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { 'dry-run': { type: 'boolean' } } });
  const [version] = positionals;
  if (!version) throw new RangeError('usage: npm run release -- VERSION [--dry-run]');
  const { version: current } = JSON.parse(read('package.json')) as { version: string };
  checkVersion(version, current);
  checkRepository(version);
  const { text, notes } = release(read('CHANGELOG.md'), version, new Date().toISOString().slice(0, 10));
  const files = {
    'CHANGELOG.md': text,
    'docker-compose.yml': renamed('docker-compose.yml', `{SLUICE_TAG:-${current}}`, `{SLUICE_TAG:-${version}}`),
    '.env.example': renamed('.env.example', `\nSLUICE_TAG=${current}\n`, `\nSLUICE_TAG=${version}\n`),
  };
  console.log(`Sluice ${version}, after ${current}\n\n${notes}\n`);
  if (values['dry-run']) {
    console.log('Nothing has changed.');
    return;
  }
  for (const [file, content] of Object.entries(files)) writeFileSync(join(ROOT, file), content);
  tag(version, notes);
}

function tag(version: string, notes: string): void {
  run('npm', 'version', version, '--no-git-tag-version', '--allow-same-version');
  run('git', 'commit', '--all', '--message', `Release ${version}`);
  // Headings of the notes begin with what git takes for comments.
  run('git', 'tag', '--annotate', '--cleanup=verbatim', '--message', `Sluice ${version}\n\n${notes}`, `v${version}`);
  console.log(`Tagged v${version}. Next: npm test && npm run test:lab, then git push --follow-tags`);
}

function checkVersion(version: string, current: string): void {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new RangeError(`"${version}" is no version; write it like 1.2.3`);
  const order = version.localeCompare(current, 'en', { numeric: true });
  if (order < 0) throw new RangeError(`${version} is older than ${current}, the version in package.json`);
}

function checkRepository(version: string): void {
  const branch = run('git', 'branch', '--show-current');
  if (branch !== BRANCH) throw new RangeError(`releases are made on ${BRANCH}; this is ${branch || 'no branch'}`);
  const changes = run('git', 'status', '--porcelain');
  if (changes) throw new RangeError(`commit or remove what is not committed:\n${changes}`);
  if (run('git', 'tag', '--list', `v${version}`)) throw new RangeError(`the tag v${version} is there already`);
}

/** A file that names the version. */
function renamed(file: string, from: string, to: string): string {
  const text = read(file);
  if (!text.includes(from)) throw new RangeError(`${file} does not name the current version: ${from.trim()}`);
  return text.replace(from, to);
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: ROOT, encoding: 'utf8' }).trim();
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
