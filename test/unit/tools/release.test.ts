/** The release script on a clone of its own: what it refuses, and what it leaves. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const FILES = [
  'package.json',
  'package-lock.json',
  'docker-compose.yml',
  '.env.example',
  'tools/release',
  'CHANGELOG.md',
];
const run = promisify(execFile);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-release-'));
  for (const file of FILES) await cp(join(ROOT, file), join(folder, file), { recursive: true });
  await writeFile(join(folder, 'CHANGELOG.md'), '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n');
  await git('init', '--initial-branch', 'main');
  await git('config', 'user.name', 'test');
  await git('config', 'user.email', 'test@example.com');
  await commit();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function git(...args: string[]): Promise<string> {
  const { stdout } = await run('git', args, { cwd: folder });
  return stdout.trim();
}

async function commit(): Promise<void> {
  await git('add', '--all');
  await git('commit', '--message', 'Change');
}

async function release(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return run(process.execPath, [join(folder, 'tools/release/main.ts'), ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

const read = (file: string) => readFile(join(folder, file), 'utf8');

describe('npm run release', () => {
  it('names the version everywhere, dates its section, commits and tags it', async () => {
    const { code, stderr, stdout } = await release('7.10.0');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('git push --follow-tags');
    const today = new Date().toISOString().slice(0, 10);
    expect(await read('CHANGELOG.md')).toBe(
      `# Changelog\n\n## [Unreleased]\n\n## [7.10.0] - ${today}\n\n### Added\n\n- A thing.\n`,
    );
    expect(JSON.parse(await read('package.json')).version).toBe('7.10.0');
    expect(JSON.parse(await read('package-lock.json')).packages[''].version).toBe('7.10.0');
    expect(await read('docker-compose.yml')).toContain('{SLUICE_TAG:-7.10.0}');
    expect(await read('.env.example')).toContain('\nSLUICE_TAG=7.10.0\n');
    expect(await git('status', '--porcelain')).toBe('');
    expect(await git('log', '-1', '--format=%s', 'v7.10.0')).toBe('Release 7.10.0');
    expect(await git('tag', '--list', '--format=%(contents)')).toBe('Sluice 7.10.0\n\n### Added\n\n- A thing.');
  });

  it('changes nothing in a dry run', async () => {
    const { code, stdout } = await release('7.10.0', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('- A thing.');
    expect([await git('status', '--porcelain'), await git('tag')]).toEqual(['', '']);
  });

  it.each([
    ['a version that is none', 'v7', () => undefined, '"v7" is no version'],
    ['an older one', '0.0.9', () => undefined, '0.0.9 is older than'],
    [
      'changes that are not committed',
      '7.0.0',
      () => writeFile(join(folder, 'new'), ''),
      'what is not committed:\n?? new',
    ],
    ['another branch', '7.0.0', () => git('switch', '--create', 'other'), 'this is other'],
    ['its tag there', '7.0.0', () => git('tag', 'v7.0.0'), 'the tag v7.0.0 is there already'],
    [
      'nothing to release',
      '7.0.0',
      () => changelog('## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n\n- Old.\n'),
      'says nothing',
    ],
    [
      'its section',
      '7.0.0',
      () => changelog('## [Unreleased]\n\n- New.\n\n## [7.0.0] - 2026-01-01\n'),
      'section for 7.0.0',
    ],
  ])('refuses with %s', async (_, version, prepare, reason) => {
    await prepare();
    const before = await git('log', '--format=%H');
    const { code, stderr } = await release(version);
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
    expect(await git('log', '--format=%H')).toBe(before);
  });
});

async function changelog(text: string): Promise<void> {
  await writeFile(join(folder, 'CHANGELOG.md'), text);
  await commit();
}
