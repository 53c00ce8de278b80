/** The package as people get it: packed, checked, installed in an empty folder, run. Needs npm's registry and the lab's Temporal. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../lab/build/index.ts';
import { CONSUMER, CONSUMER_TSCONFIG } from './consumer.ts';
import { Installed, installNode22, pack, ROOT } from './installed.ts';

/** An API server that nobody listens for: a worker starts without one. */
const KUBECONFIG = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'local',
  clusters: [{ name: 'local', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'local', user: { token: 'none' } }],
  contexts: [{ name: 'local', context: { cluster: 'local', user: 'local' } }],
};

const { temporal = 'temporal' } = await ensureBuilt();
const tarball = await pack();
const nodes = [{ name: 'the Node that runs here', path: process.execPath }];
// The oldest one that the package takes; the registry has it for this system alone.
if (process.platform === 'linux' && process.arch === 'x64')
  nodes.push({ name: 'Node 22.19', path: await installNode22() });

it('has nothing that publint objects to', async () => {
  const { buffer } = new Uint8Array(await readFile(tarball));
  const { messages } = await publint({ pack: { tarball: buffer }, strict: true });
  expect(messages).toEqual([]);
});

describe.each(nodes)('installed in an empty folder under $name', ({ path }) => {
  let sluice: Installed;
  beforeAll(async () => {
    sluice = await Installed.from(tarball, path);
  });

  it('prints its help', async () => {
    const { code, stdout, stderr } = await sluice.run('sluice', '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Durable progressive delivery for Kubernetes.');
  });

  it('checks a plan', async () => {
    const plan = join(ROOT, 'examples', 'reviews', 'plan.yaml');
    expect(await sluice.run('sluice', 'plan', 'check', plan)).toEqual({
      code: 0,
      stdout: `${plan}: ok (demo/reviews)\n`,
      stderr: '',
    });
  });

  it.runIf(path === process.execPath)('gives its types to those who build on it', async () => {
    await writeFile(join(sluice.folder, 'consumer.ts'), CONSUMER);
    await writeFile(join(sluice.folder, 'tsconfig.json'), JSON.stringify(CONSUMER_TSCONFIG));
    const types = ['--typeRoots', join(ROOT, 'node_modules', '@types')];
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    expect(await sluice.run('node', tsc, '--project', '.', ...types)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('gives its values to those who build on it', async () => {
    await writeFile(join(sluice.folder, 'consumer.ts'), CONSUMER);
    const { stdout } = await sluice.run('node', 'consumer.ts');
    expect(JSON.parse(stdout)).toEqual({ refused: true, signature: 'v1,', schema: 'Sluice RolloutPlan' });
  });

  it('says that Temporal does not answer', async () => {
    const { code, stderr } = await sluice.run('sluice', 'worker', '--temporal', '127.0.0.1:1');
    expect(code).toBe(10);
    expect(stderr).toContain('error: Temporal does not answer at 127.0.0.1:1: ECONNREFUSED');
  });

  it('runs Temporal, server and worker, and a worker beside them, without building the workflows', async () => {
    const home = await mkdtemp(join(tmpdir(), 'sluice-home-'));
    const kubeconfig = join(home, 'kubeconfig');
    await writeFile(kubeconfig, JSON.stringify(KUBECONFIG));
    const address = `127.0.0.1:${await freePort()}`;
    const common = ['--temporal', address, '--kubeconfig', kubeconfig];
    const plans = join(ROOT, 'examples', 'reviews');
    const places = ['--plans', plans, '--temporal-bin', temporal, '--state-dir', join(home, 'state'), '--port', '0'];
    const dev = sluice.start(home, 'sluice', 'dev', ...common, ...places);
    const ended = once(dev, 'exit');
    await untilSaid(dev, 'Ready.');

    const worker = sluice.start(home, 'sluice', 'worker', ...common);
    await untilSaid(worker, `Worker for cluster local at Temporal ${address}`);
    worker.kill('SIGTERM');
    expect(await once(worker, 'exit')).toEqual([0, null]);

    dev.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    // where the command line looks for a `sluice dev` that runs; nothing is left in it
    expect((await readdir(home)).sort()).toEqual(['.local', 'kubeconfig', 'state']);
    expect(await readdir(join(home, '.local', 'state', 'sluice'))).toEqual([]);
  });
});

async function untilSaid(child: ChildProcess, text: string): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        said += chunk;
        if (said.includes(text)) resolve();
      });
    }
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it said "${text}":\n${said}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
