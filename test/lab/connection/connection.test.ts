/** Every process of the product through a Temporal that wants a client certificate, and through one that wants a key. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SENDER, SENDER_SECRET, writeInstallation } from '../../../lab/story/index.ts';
import { parseSecrets, sign } from '../../../src/network/standard-webhooks.ts';
import { eventually, lab } from '../../support/lab/cluster.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { EXAMPLE } from '../../support/plan-text.ts';
import { BEARER, Front } from './front.ts';

const CLI = join(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'main.ts');
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const PORT = 18090;
const HEALTH = 18091;
const WRONG_KEY = 'a-wrong-key';

let front: Front;
/** A namespace for each front, so that no poller is seen that came through another. */
let sluice: ClusterSluice | undefined;
let plans: string;

beforeAll(async () => {
  front = await Front.start();
  plans = mkdtempSync(join(tmpdir(), 'sluice-plans-'));
  writeFileSync(join(plans, 'reviews.yaml'), EXAMPLE);
});

afterAll(() => front?.stop());

function cluster(): string {
  return sluice?.cluster ?? 'none';
}

interface Ran {
  code: number;
  said: string;
}

function environment(settings: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...process.env, TEMPORAL_NAMESPACE: cluster(), [SENDER_SECRET]: SECRET, ...settings };
}

/** Runs a command to its end. */
async function command(settings: NodeJS.ProcessEnv, ...args: string[]): Promise<Ran> {
  const all = [CLI, ...args, '--cluster', cluster()];
  const asked = promisify(execFile)(process.execPath, all, { env: environment(settings) });
  return asked.then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, said: stdout + stderr }),
  );
}

function startServer(settings: NodeJS.ProcessEnv): ChildProcess {
  const place = [
    '--plans',
    plans,
    '--plan-namespaces',
    'demo',
    '--installation',
    writeInstallation(plans),
    '--port',
    String(PORT),
    '--health-port',
    String(HEALTH),
    '--cluster',
    cluster(),
  ];
  return spawn(process.execPath, [CLI, 'server', ...place], { env: environment(settings) });
}

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${PORT}${path}`, init);
}

function askHealth(): Promise<Response> {
  return fetch(`http://127.0.0.1:${HEALTH}/readyz`);
}

async function sendEvent(): Promise<void> {
  const body = JSON.stringify({ image: 'registry.example.com/bookinfo/reviews:v2', plan: 'demo/reviews', by: 'ci' });
  const [key] = parseSecrets([SECRET]);
  const signed = sign(randomUUID(), new Date(), body, key as Uint8Array);
  const headers = { 'content-type': 'application/json', ...signed };
  const { ok } = await ask(`/hooks/deploy/${SENDER}`, { method: 'POST', body, headers });
  expect(ok).toBe(true);
}

const FRONTS = [
  ['a certificate', 'certificate', () => front.certificate('client')],
  ['a key', 'bearer', () => front.bearer(BEARER)],
] as const;

/** What only one of them calls: both connections of the worker, the server, the command line, the health check. */
const CALLS = [
  'PollActivityTaskQueue',
  'ExecuteMultiOperation',
  'StartWorkflowExecution',
  'ListWorkflowExecutions',
  'DescribeTaskQueue',
];

describe.each(FRONTS)('a Temporal that wants %s', (_what, listener, settings) => {
  beforeAll(async () => {
    sluice = await ClusterSluice.start({ workers: 0 });
  });
  afterAll(async () => {
    await sluice?.stop();
    sluice = undefined;
  });

  test('takes worker, server, command line and health check', async () => {
    const worker = (await sluice?.startWorker(settings())) as ChildProcess;
    const server = startServer(settings());
    const log = text(server.stdout as NodeJS.ReadableStream);
    try {
      await eventually(() => askHealth().then(({ ok }) => ok), 'the server is ready', 30_000);
      // nothing of the plan is in the cluster: the worker has looked, and refuses
      await sendEvent();
      const refused = () => command(settings(), 'list').then(({ said }) => said.includes('Refused'));
      await eventually(refused, 'the rollout is refused');
      expect(await command(settings(), 'healthcheck', 'worker')).toEqual({ code: 0, said: '' });
      expect(await command(settings(), 'healthcheck', 'server', '--port', String(HEALTH))).toEqual({
        code: 0,
        said: '',
      });
    } finally {
      for (const child of [worker, server]) {
        child.kill();
        await once(child, 'exit');
      }
    }
    expect(await log).not.toContain(BEARER);
    await eventually(() => CALLS.every((call) => front.calls(listener).has(call)), 'calls of all of them');
  });
});

const NO_CERTIFICATE = { TEMPORAL_TLS_CLIENT_CERT_PATH: undefined, TEMPORAL_TLS_CLIENT_KEY_PATH: undefined };

const REFUSED = [
  ['no certificate', () => ({ ...front.certificate('client'), ...NO_CERTIFICATE }), 'alert certificate required'],
  ['a wrong key', () => front.bearer(WRONG_KEY), 'says no: RBAC: access denied'],
] as const;

describe.each(REFUSED)('with %s', (_what, settings, reason) => {
  test.concurrent.each([
    ['the command line', ['list']],
    ['a worker', ['worker', '--kubeconfig', lab.productKubeconfig]],
    ['the health check', ['healthcheck', 'worker']],
  ] as const)('%s says why it does not connect', async (_who, args) => {
    const ran = await command(settings(), ...args);
    expect(ran).toEqual({ code: 4, said: expect.stringContaining(reason) });
    expect(ran.said).not.toContain(WRONG_KEY);
  });

  test('a server is not ready, and says why in its log', async () => {
    const server = startServer(settings());
    const log = text(server.stdout as NodeJS.ReadableStream);
    await eventually(() => askHealth().then(({ status }) => status === 503), 'the server says 503', 30_000);
    expect(await command(settings(), 'healthcheck', 'server', '--port', String(HEALTH))).toMatchObject({ code: 1 });
    server.kill();
    expect(await log).toContain(reason);
    expect(await log).not.toContain(WRONG_KEY);
  });
});

test.each([
  ['a stranger’s certificate', () => front.certificate('stranger'), 4, 'alert unknown ca'],
  ['no TLS', () => ({ TEMPORAL_ADDRESS: front.wantsCertificate }), 10, 'no gRPC without TLS'],
  ['an unknown authority', () => ({ TEMPORAL_ADDRESS: front.wantsBearer, TEMPORAL_TLS: 'true' }), 10, 'is not trusted'],
  ['TLS where there is none', () => ({ TEMPORAL_TLS: 'true' }), 10, 'no gRPC with TLS'],
] as const)('%s is said by the command line', async (_what, settings, code, reason) => {
  expect(await command(settings(), 'list')).toEqual({ code, said: expect.stringContaining(reason) });
});
