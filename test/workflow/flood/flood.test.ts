/** A server under a flood of everything, and what honest senders, whoever asks for its health, and rollouts see of it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SENDER_SECRET, writeInstallation } from '../../../lab/story/index.ts';
import { SEARCH_ATTRIBUTES } from '../../../src/contract/ids.ts';
import { parseSecrets, sign } from '../../../src/network/standard-webhooks.ts';
import { builtProgram } from '../../support/built-program.ts';
import { freePort } from '../../support/free-port.ts';
import { changed } from '../../support/plan-text.ts';
import { TemporalServer } from '../../support/temporal-server.ts';
import { PACE_MS, type RolloutsBeside, startBeside } from './beside.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const CLI = join(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'main.ts');
let temporal: TemporalServer;
let beside: RolloutsBeside;
let server: ChildProcess;
let ports: [port: number, health: number];
const agent = new Agent({ localAddress: '127.0.0.9' });

beforeAll(async () => {
  // of its own: the flood is nobody else's
  temporal = await TemporalServer.start({ program: builtProgram('temporal'), attributes: SEARCH_ATTRIBUTES });
  vi.stubEnv('TEMPORAL_ADDRESS', temporal.address);
  beside = await startBeside();
  ports = [await freePort(), await freePort()];
  const plans = mkdtempSync(join(tmpdir(), 'sluice-flood-'));
  writeFileSync(join(plans, 'flooded.yaml'), changed(['name: reviews', 'name: flooded']));
  const [port, health] = ports.map(String);
  const place = ['--port', String(port), '--health-port', String(health), '--plans', plans, '--plan-namespaces', '*'];
  const installation = writeInstallation(plans);
  const signature = `{ preset: standard-webhooks, secrets: [{ env: ${SENDER_SECRET} }] }`;
  appendFileSync(installation, `  - name: honest\n    plans: ["*/*"]\n    signature: ${signature}\n`);
  place.push('--installation', installation, '--cluster', beside.cluster);
  const env = { ...process.env, [SENDER_SECRET]: SECRET };
  server = spawn(process.execPath, [CLI, 'server', ...place], { stdio: 'ignore', env });
  await vi.waitFor(async () => expect(await ask(ports[1], '/readyz')).toBe(200), { timeout: 90_000, interval: 200 });
}, 120_000);
afterAll(async () => {
  server?.kill('SIGKILL');
  await agent.destroy();
  await beside?.close();
  await temporal?.remove();
  vi.unstubAllEnvs();
});

async function ask(port: number, path: string): Promise<number> {
  const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, {
    dispatcher: agent,
    signal: AbortSignal.timeout(10_000),
  });
  await body.dump();
  return statusCode;
}

/** Signed, and for an image that no plan lists: all of the way but Temporal, whose own time is not the question. */
async function deliver(): Promise<number> {
  const text = JSON.stringify({ image: 'registry.example.com/nobody:v1', by: 'honest' });
  const [key] = parseSecrets([SECRET]);
  const headers = { 'content-type': 'application/json', ...sign('honest-1', new Date(), text, key as Uint8Array) };
  const signal = AbortSignal.timeout(10_000);
  const answer = await request(`http://127.0.0.1:${ports[0]}/hooks/deploy/honest`, {
    ...{ method: 'POST', dispatcher: agent, headers, body: text, signal },
  });
  await answer.body.dump();
  return answer.statusCode;
}

interface Seen {
  statuses: Record<string, number>;
  times: number[];
}

async function repeat(call: () => Promise<number>, everyMs: number, signal: AbortSignal): Promise<Seen> {
  const seen: Seen = { statuses: {}, times: [] };
  while (!signal.aborted) {
    const startMs = performance.now();
    const status = await call().catch((error: Error) => error.name);
    seen.times.push(performance.now() - startMs);
    seen.statuses[status] = (seen.statuses[status] ?? 0) + 1;
    await sleep(everyMs);
  }
  return seen;
}

function figures({ statuses, times }: Seen): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => `${Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)} ms`;
  return `${JSON.stringify(statuses)}, median ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`;
}

/** @returns how each kind of attacker was answered */
async function flood(seconds: number): Promise<Record<string, Record<string, number>>> {
  const attackers = [join(import.meta.dirname, 'main.ts'), String(ports[0]), SECRET, String(seconds)];
  const { stdout } = await promisify(execFile)(process.execPath, attackers, { timeout: 2 * seconds * 1_000 });
  return JSON.parse(stdout);
}

/** Everybody honest, while `meanwhile` runs. */
async function honestly<T>(meanwhile: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const honest = repeat(deliver, 250, over.signal);
  const health = repeat(() => ask(ports[1], '/healthz'), 200, over.signal);
  const ready = repeat(() => ask(ports[1], '/readyz'), 200, over.signal);
  const result = await meanwhile();
  over.abort();
  const [hooks, ...questions] = await Promise.all([honest, health, ready]);
  console.log(`honest: ${figures(hooks)}\nhealth: ${questions.map(figures).join('\nready: ')}`);
  expect(Object.keys(hooks.statuses)).toEqual(['404']);
  for (const seen of questions) expect(Object.keys(seen.statuses)).toEqual(['200']);
  expect(server.exitCode).toBeNull();
  return result;
}

/** How much longer than its pace a weight stood is told, and a matter of how busy both sides of the flood keep the machine. */
async function untouched(name: string): Promise<void> {
  const { outcome, steps } = await beside.rollout(name);
  console.log(`${name}: ${outcome}, weights stood ${steps.map((ms) => `${Math.round(ms)} ms`).join(', ')}`);
  expect([outcome, steps.length]).toEqual(['promoted', 5]);
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(PACE_MS);
}

test('honest requests and questions for health are answered, all of them', async () => {
  const [answers] = await honestly(() => Promise.all([flood(20), untouched('beside')]));
  console.log(`attackers: ${JSON.stringify(answers)}, ${beside.flooded()} offers`);
}, 120_000);

test('five thousand hooks in a minute, and the rollouts beside them', {
  tags: ['repeat'],
  timeout: 300_000,
}, async () => {
  console.log('without a flood:');
  await honestly(() => untouched('calm'));
  let over = false;
  const rollouts = async () => {
    for (let round = 0; !over; round += 1) await untouched(`beside-${round}`);
  };
  const flooding = () =>
    flood(62).finally(() => {
      over = true;
    });
  const [answers] = await honestly(() => Promise.all([flooding(), rollouts()]));
  console.log(`attackers: ${JSON.stringify(answers)}, ${beside.flooded()} offers`);
  const sent = Object.values(answers.hooks ?? {}).reduce((sum, count) => sum + count, 0);
  expect(sent).toBeGreaterThanOrEqual(5_000);
});
