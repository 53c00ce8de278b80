/** What Docker Compose would run for Sluice, run as plain processes: same command, same environment, same healthcheck. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/contract/ids.ts';
import { type ComposeService, ROOT, readCompose, readDockerfile, seconds } from '../support/compose-file.ts';
import { freePort } from '../support/free-port.ts';
import { temporalAddress } from '../support/workflow/harness.ts';
import { createNamespace } from '../support/workflow/namespace.ts';

const image = readDockerfile();
/** Of the dashboard, which the image has where this folder has it. */
const pages = join(ROOT, 'extras', 'dashboard', 'build.ts');
const namespace = `compose-${randomUUID().slice(0, 8)}`;
const running: ChildProcess[] = [];
let folder: string;
let ports: Record<string, number>;
let services: Record<string, ComposeService>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-compose-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, JSON.stringify(KUBECONFIG));
  ports = { 8090: await freePort(), 8091: await freePort(), '0.0.0.0:9464': await freePort() };
  services = readCompose({
    SLUICE_CI_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    POSTGRES_PASSWORD: 'not used here',
    SLUICE_KUBECONFIG: kubeconfig,
    TEMPORAL_NAMESPACE: namespace,
  });
  if (existsSync(pages)) await promisify(execFile)(process.execPath, [pages]);
  // as deploy/compose/create-namespace.sh does it
  await createNamespace(namespace);
});

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('sluice setup in Compose', () => {
  it('registers the search attributes, and may run again', async () => {
    for (const round of ['first', 'second']) {
      const child = start('setup');
      const [code] = await once(child, 'exit');
      expect(code, `${round} run: ${said(child)}`).toBe(0);
    }
    expect(await searchAttributes()).toEqual(expect.arrayContaining([...SEARCH_ATTRIBUTES]));
  });
});

describe.each(['server', 'worker'])('sluice %s in Compose', (name) => {
  it('is unhealthy before it runs, becomes healthy, and stops within its grace period', async () => {
    expect(await healthcheck(name)).not.toBe(0);

    const child = start(name);
    await untilHealthy(name, child);

    const asked = performance.now();
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(performance.now() - asked).toBeLessThan(seconds(services[name]?.stop_grace_period ?? '') * 1_000);
  });
});

describe('sluice server in Compose', () => {
  it.skipIf(!existsSync(pages))('has the pages, for who logs in', async () => {
    const child = start('server');
    await untilHealthy('server', child);
    const answer = await fetch(`http://127.0.0.1:${ports[8090]}/`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/login?to=%2F']);
  });

  it('does not start without a secret for its senders', async () => {
    const child = start('server', { SLUICE_CI_SECRET: '' });
    const [code] = await once(child, 'exit');
    expect(code).not.toBe(0);
    expect(said(child)).toContain('SLUICE_CI_SECRET');
  });
});

/** An API server that nobody listens for: a worker starts without one and asks it only for activities. */
const KUBECONFIG = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'local',
  clusters: [{ name: 'local', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'local', user: { token: 'none' } }],
  contexts: [{ name: 'local', context: { cluster: 'local', user: 'local' } }],
};

function start(name: string, change: Record<string, string> = {}): ChildProcess {
  const service = part(name);
  const [, ...entrypoint] = service.entrypoint ?? image.entrypoint;
  const child = spawnHere(service, [...entrypoint, ...(service.command ?? [])], change);
  running.push(child);
  return child;
}

/** Runs the service's healthcheck once. @returns its exit code; 0 is healthy */
async function healthcheck(name: string): Promise<number> {
  const service = part(name);
  const [form, program, ...rest] = service.healthcheck?.test ?? [];
  expect([form, program]).toEqual(['CMD', 'node']);
  const child = spawnHere(service, rest);
  const [code] = await once(child, 'exit', {
    signal: AbortSignal.timeout(seconds(service.healthcheck?.timeout ?? '') * 1_000),
  });
  return code;
}

async function untilHealthy(name: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 40_000;
  while ((await healthcheck(name)) !== 0) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${said(child)}`);
    if (Date.now() > deadline) throw new Error(`${name} is not healthy after 40 s: ${said(child)}`);
    await new Promise((next) => setTimeout(next, 300));
  }
}

const output = new WeakMap<ChildProcess, string[]>();

/** Nothing of this machine's environment gets in but PATH and the place where the SDK keeps its files. */
function spawnHere(service: ComposeService, args: string[], change: Record<string, string> = {}): ChildProcess {
  const environment = { ...image.env, ...service.environment, ...change };
  const here = Object.entries(environment).map(([name, value]) => [name, onThisMachine(value, service)]);
  const child = spawn(
    process.execPath,
    args.map((argument) => onThisMachine(argument, service)),
    {
      cwd: ROOT,
      env: { ...Object.fromEntries(here), PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const chunks: string[] = [];
  output.set(child, chunks);
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(String(chunk)));
  return child;
}

function said(child: ChildProcess): string {
  return (output.get(child) ?? []).join('');
}

/** The container's addresses and paths as they are here. */
function onThisMachine(value: string, service: ComposeService): string {
  const mount = service.mounts.find(({ target }) => target === value);
  if (mount) return resolve(ROOT, mount.source);
  if (value === 'temporal:7233') return temporalAddress();
  if (value in ports) return String(ports[value]);
  return value;
}

function part(name: string): ComposeService {
  const service = services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

async function searchAttributes(): Promise<string[]> {
  const connection = await Connection.connect({ address: temporalAddress() });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  await connection.close();
  return Object.keys(customAttributes ?? {});
}
