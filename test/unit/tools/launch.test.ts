/** What runs before anything is installed: real processes, real npm, folders of our own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const LAUNCH = join(import.meta.dirname, '..', '..', '..', 'tools', 'launch');
const LEFT_PAD = { version: '1.0.0', integrity: 'sha512-one' };
const FOR_MACS = { version: '1.0.0', integrity: 'sha512-mac', optional: true };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-launch-'));
  await mkdir(join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "name": "tried", "version": "1.0.0" }');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** @param code of a module that knows `handOver`, `installUnlessThere` and `keepCompiled` */
function run(code: string): ChildProcess {
  const imports = [
    `import { keepCompiled } from '${join(LAUNCH, 'compile-cache.mjs')}';`,
    `import { handOver } from '${join(LAUNCH, 'hand-over.mjs')}';`,
    `import { installUnlessThere } from '${join(LAUNCH, 'install.mjs')}';`,
  ];
  // `npm test` tells npm's settings and a folder for what is compiled to its children, and they would win over ours.
  const others = /^npm_config_|^NODE_COMPILE_CACHE$/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !others.test(name)));
  return spawn(process.execPath, ['--input-type=module', '--eval', [...imports, code].join('\n')], { env });
}

async function end(child: ChildProcess): Promise<{ code: number | null; said: string }> {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  return { code, said };
}

describe('installUnlessThere', () => {
  const install = (...needs: string[]) =>
    end(run(`await installUnlessThere(...${JSON.stringify([folder, 'what is needed', ...needs])})`));

  /** package-lock.json, and what npm noted of the last install. */
  async function locks(wanted: object, there?: object): Promise<void> {
    const dependencies = { 'left-pad': '1.0.0', a: '1.0.0' };
    const root = { '': { name: 'tried', version: '1.0.0', dependencies } };
    const lock = { name: 'tried', version: '1.0.0', lockfileVersion: 3, packages: { ...root, ...wanted } };
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
    if (!there) return;
    await writeFile(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: there }));
    for (const path of Object.keys(there)) await mkdir(join(folder, path));
  }

  it('does and says nothing where all is there, but for packages of other systems', async () => {
    const wanted = { 'node_modules/left-pad': LEFT_PAD, 'node_modules/for-macs': FOR_MACS };
    await locks(wanted, { 'node_modules/left-pad': LEFT_PAD });
    expect(await install()).toEqual({ code: 0, said: '' });
  });

  const WORKSPACE = {
    'extras/pages': { name: 'pages', version: '1.0.0', dependencies: { preact: '1.0.0' } },
    'node_modules/pages': { resolved: 'extras/pages', link: true },
    'node_modules/preact': LEFT_PAD,
  };

  it('does nothing where a workspace was deleted, as npm ci leaves out what it alone needs', async () => {
    await locks({ ...WORKSPACE, 'node_modules/left-pad': LEFT_PAD }, { 'node_modules/left-pad': LEFT_PAD });
    expect(await install()).toEqual({ code: 0, said: '' });
    await mkdir(join(folder, 'extras/pages'), { recursive: true });
    expect((await install()).said).toMatch(/^Installing what is needed/);
  });

  it.each([
    ['was never installed', {}, undefined, []],
    ['lacks a package', { 'node_modules/left-pad': LEFT_PAD }, {}, []],
    ['has another version', { 'node_modules/a': LEFT_PAD }, { 'node_modules/a': { ...LEFT_PAD, integrity: 'x' } }, []],
    ['has one too many', {}, { 'node_modules/left-pad': LEFT_PAD }, []],
    ['lacks a file that is needed', {}, {}, ['/nowhere/node']],
  ])('runs npm ci where node_modules %s', async (_, wanted, there, needs) => {
    await locks(wanted, there);
    const { said } = await install(...needs);
    expect(said).toMatch(/^Installing what is needed \(npm ci\) … /);
  });

  /** The one dependency, so that npm needs no registry. */
  async function dependOnFolder(): Promise<void> {
    await mkdir(join(folder, 'other'));
    await writeFile(join(folder, 'other', 'package.json'), '{ "name": "other", "version": "1.0.0" }');
    await writeFile(join(folder, 'package.json'), '{ "name": "tried", "dependencies": { "other": "file:other" } }');
  }

  it('installs, says how long it took, and does not again', async () => {
    await dependOnFolder();
    // It also notes in node_modules what it has not installed.
    const npm = spawn('npm', ['install', '--package-lock-only', '--offline'], { cwd: folder });
    expect(await end(npm)).toMatchObject({ code: 0 });
    const first = await install();
    expect(first).toEqual({ code: 0, said: expect.stringMatching(/^Installing .* … \d+ s\n$/) });
    expect(JSON.parse(await readFile(join(folder, 'node_modules/other/package.json'), 'utf8')).name).toBe('other');
    expect(await install()).toEqual({ code: 0, said: '' });
  });

  it('is done once, when several commands come at once', async () => {
    await dependOnFolder();
    const npm = spawn('npm', ['install', '--package-lock-only', '--offline'], { cwd: folder });
    expect(await end(npm)).toMatchObject({ code: 0 });
    const all = await Promise.all([install(), install(), install()]);
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(all.filter(({ said }) => said.includes('Installing what is needed'))).toHaveLength(1);
    expect(await readdir(folder)).not.toContain('.installing');
  });

  it('waits for another command, and says what to do when there is none', async () => {
    await locks({ 'node_modules/left-pad': LEFT_PAD }, {});
    await writeFile(join(folder, '.installing'), String(process.pid));
    const child = run(`await installUnlessThere(${JSON.stringify(folder)}, 'what is needed')`);
    const [said] = await once(child.stderr as NonNullable<ChildProcess['stderr']>, 'data');
    expect(String(said)).toBe(
      `Another command installs what is needed: waiting for it. If there is none, delete ${join(folder, '.installing')}.\n`,
    );
    child.kill();
    await once(child, 'close');
  });

  it('goes on where another command was killed in the middle', async () => {
    await dependOnFolder();
    const npm = spawn('npm', ['install', '--package-lock-only', '--offline'], { cwd: folder });
    expect(await end(npm)).toMatchObject({ code: 0 });
    const dead = spawn(process.execPath, ['--eval', '0']);
    await once(dead, 'close');
    await writeFile(join(folder, '.installing'), String(dead.pid));
    expect(await install()).toEqual({ code: 0, said: expect.stringMatching(/^Installing .* … \d+ s\n$/) });
  });

  it("ends with npm's reason where it fails", async () => {
    await dependOnFolder();
    await locks({});
    const { code, said } = await install();
    expect(code).toBe(1);
    expect(said).toMatch(/… failed\nnpm error code EUSAGE\n/);
    expect(said).toContain('Missing: other@1.0.0 from lock file');
    expect(said.trimEnd().split('\n').at(-1)).toBe(`npm ci in ${folder} ended with code 1.`);
  });
});

describe('installUnlessThere, interrupted', () => {
  it('ends at once, npm too', async () => {
    const registry = createServer().listen(0, '127.0.0.1');
    await once(registry, 'listening');
    const { port } = registry.address() as AddressInfo;
    await writeFile(join(folder, '.npmrc'), `registry=http://127.0.0.1:${port}\ncache=${join(folder, 'cache')}\n`);
    await writeFile(join(folder, 'package.json'), '{ "name": "tried", "dependencies": { "absent": "1.0.0" } }');
    const packages = {
      '': { name: 'tried', dependencies: { absent: '1.0.0' } },
      'node_modules/absent': { version: '1.0.0', integrity: `sha512-${Buffer.alloc(64).toString('base64')}` },
    };
    const lock = { name: 'tried', lockfileVersion: 3, requires: true, packages };
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));

    const child = run(`await installUnlessThere(${JSON.stringify(folder)}, 'what is needed')`);
    const ended = end(child);
    const [socket] = (await once(registry, 'connection')) as [Socket];
    // A socket that nobody reads does not see its end.
    const closed = once(socket.resume(), 'close');
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 130, said: 'Installing what is needed (npm ci) … interrupted\n' });
    await closed;
    registry.close();
  }, 60_000);
});

describe('handOver', () => {
  const handOver = (...args: string[]) => run(`await handOver(process.execPath, ${JSON.stringify(args)})`);

  it("answers with the child's exit code", async () => {
    expect(await end(handOver('--eval', 'process.exit(7)'))).toEqual({ code: 7, said: '' });
  });

  it('passes a signal on, and waits for the answer', async () => {
    const child = handOver(
      '--eval',
      "process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1e3); console.log('up')",
    );
    const ended = end(child);
    await once(child.stdout ?? child, 'data');
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 9, said: 'up\n' });
  });

  it('ends with 128 and the number of the signal that ended the child', async () => {
    expect(await end(handOver('--eval', "process.kill(process.pid, 'SIGKILL')"))).toEqual({ code: 137, said: '' });
  });
});

describe('keepCompiled', () => {
  /** A program of ours that starts another one. @returns names of what was kept of it */
  async function keptOf(before: string): Promise<string[]> {
    const [compiled, started] = [join(folder, 'compiled'), join(folder, 'started.mjs')];
    await mkdir(compiled);
    await writeFile(started, 'export const answer = 42;');
    const code = `${before} keepCompiled(${JSON.stringify(compiled)}); await handOver(process.execPath, [${JSON.stringify(started)}])`;
    expect(await end(run(code))).toEqual({ code: 0, said: '' });
    const entries = await readdir(compiled, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  }

  it('keeps what a program compiles that it starts', async () => {
    expect(await keptOf('')).toHaveLength(1);
  });

  it("leaves the caller's own folder", async () => {
    expect(await keptOf(`process.env.NODE_COMPILE_CACHE = ${JSON.stringify(join(folder, 'own'))};`)).toEqual([]);
    expect(await readdir(join(folder, 'own'))).toHaveLength(1);
  });
});
