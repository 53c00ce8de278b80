/**
 * A lab of somebody who is not root and has nothing but a home, in which he sees the checkout and the programs, wherever they
 * are. As root we become a user without an account; in the lab of an ordinary user we are one already.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { currentLab } from '../../lab/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const USER = 65_533;
/** What a worker does not need to start. */
const WITHOUT = 'istiod,kubelet,pod-metrics,prometheus,smtp';

const outer = currentLab();
const home = mkdtempSync(join(tmpdir(), 'sluice-user-'));
const clone = join(home, 'clone');
/** What he sees of ours. */
const seen: [ours: string, his: string][] = [[ROOT, clone]];

const become = outer.unprivileged ? '' : `setpriv --reuid=${USER} --regid=${USER} --clear-groups --`;
/** In a mount namespace of its own: how many pairs of paths, the pairs, the command. */
const AS_USER = `count=$1; shift
while [ $count -gt 0 ]; do mount --bind "$1" "$2" || exit; shift 2; count=$((count - 1)); done
cd "${clone}" && exec ${become} "$@"`;

/** Runs Node as the user, in his clone. */
function node(...args: string[]): ChildProcess {
  const program = process.execPath.startsWith(ROOT) ? join(clone, relative(ROOT, process.execPath)) : process.execPath;
  const places = [String(seen.length), ...seen.flat()];
  return spawn('unshare', ['--mount', 'sh', '-c', AS_USER, 'sh', ...places, program, ...args], {
    env: { PATH: process.env.PATH, HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** @returns what it wrote to both streams @throws when it fails */
async function output(child: ChildProcess): Promise<string> {
  const streams = [child.stdout, child.stderr].map((stream) => (stream ? text(stream) : ''));
  const [[code], ...texts] = await Promise.all([once(child, 'exit'), ...streams]);
  if (code !== 0) throw new Error(`exit code ${code}: ${texts.join('')}`);
  return texts.join('');
}

const lab = (...args: string[]) => node('lab/cli.ts', '--name', 'user', ...args);

/** An empty file or folder in his home to see one of ours in; the folders above are his. */
function makePlace(ours: string, path: string): void {
  for (let folder = dirname(path); folder.startsWith(home); folder = dirname(folder)) {
    mkdirSync(folder, { recursive: true });
    if (!outer.unprivileged) chownSync(folder, USER, USER);
  }
  if (statSync(ours).isDirectory()) mkdirSync(path);
  else writeFileSync(path, '');
}

/** His programs have keys of his own: his Python may be another one. */
async function findPrograms(): Promise<[ours: string, his: string][]> {
  const script = `const { MANIFEST } = await import('./lab/build/manifest.ts');
    const { builtPath } = await import('./lab/build/cache.ts');
    console.log(JSON.stringify(Object.fromEntries(MANIFEST.map((part) => [part.name, builtPath(part)]))));`;
  const paths = JSON.parse(await output(node('--input-type=module', '-e', script))) as Record<string, string>;
  return Object.entries(paths).map(([name, his]) => [outer.bin[name] ?? '', his]);
}

beforeAll(async () => {
  makePlace(ROOT, clone);
  const programs = await findPrograms();
  for (const [ours, his] of programs) makePlace(ours, his);
  seen.push(...programs);
});

afterAll(async () => {
  await output(lab('down'));
  rmSync(home, { recursive: true, force: true });
});

it('runs a worker that keeps its bundle in $HOME', async () => {
  expect(await output(lab('up', '--without', WITHOUT))).toMatch(/^lab user: ready/m);
  const { state } = JSON.parse(await output(lab('status', '--output', 'json')));
  expect(state).toMatchObject({ unprivileged: !outer.unprivileged, dir: join(home, '.local/state/sluice-lab/user') });

  const command = ['src/cli/main.ts', 'worker', '--kubeconfig', state.productKubeconfig];
  const worker = lab('exec', '--', 'node', ...command);
  const ended = output(worker);
  const works = new Promise((resolve) =>
    worker.stderr?.on('data', (said) => /^Worker for/m.test(said) && resolve('works')),
  );
  expect(await Promise.race([works, ended])).toBe('works');
  expect(readdirSync(join(home, '.cache/sluice'))).toEqual([expect.stringMatching(/^workflows-[0-9a-f]{16}\.js$/)]);
  worker.kill('SIGTERM');
  await ended;
});
