import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newToken } from '../../../src/authority/index.ts';
import { devSender } from '../../../src/cli/commands/shared/dev-sender.ts';
import { rolloutWorkflowId } from '../../../src/contract/ids.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { type InstallationFile, watchInstallation } from '../../../src/installation/index.ts';
import { type RunningServer, startServer } from '../../../src/server/main.ts';
import { temporalConfig } from '../../../src/temporal/config.ts';
import { INSTALLATION_HEAD, testServer } from '../../support/authority.ts';
import { failedView, needsYouView, promotedView, runningView, twoQuestionsView } from '../../support/views.ts';
import { temporalAddress } from '../../support/workflow/harness.ts';
import type { RolloutScript } from './scripted-rollout.ts';

const BIN = fileURLToPath(new URL('../../../bin/sluice.mjs', import.meta.url));
const address = temporalAddress();
const cluster = `cli-${randomUUID().slice(0, 8)}`;

let client: Client;
let native: NativeConnection;
let code: string;
let worker: { stop(): Promise<void> };
let server: RunningServer;
const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
const ann = newToken();

beforeAll(async () => {
  native = await NativeConnection.connect({ address });
  client = new Client({ connection: await Connection.connect({ address }) });
  const workflowsPath = fileURLToPath(new URL('./scripted-rollout.ts', import.meta.url));
  const logger = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error: console.error };
  ({ code } = await bundleWorkflowCode({ workflowsPath, logger }));
  worker = await startWorker(cluster);
  server = await serve();
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
  await worker.stop();
  await client.connection.close();
  await native.close();
});

/** A server that knows ann. */
async function serve(): Promise<RunningServer> {
  const file = join(folder, 'sluice.yaml');
  writeFileSync(join(folder, 'key'), testServer().text);
  const tokens = `[{ sha256: ${ann.sha256}, expires: "2999-01-01T00:00:00Z" }]`;
  const person = `{ name: ann, tokens: ${tokens}, may: [{ verbs: ["*"], plans: [demo/*] }] }`;
  const senders = JSON.stringify([(await devSender(folder)).sender]);
  writeFileSync(file, `${INSTALLATION_HEAD}senders: ${senders}\nkey: { file: key }\npeople: [${person}]\n`);
  return startServer({
    plansDir: folder,
    planNamespaces: ['*'],
    port: 0,
    temporal: temporalConfig({ address }),
    installation: (await watchInstallation(file)) as InstallationFile,
    log: pino({ level: 'silent' }),
  });
}

/** As ann, through the server. */
function sluiceAsAnn(args: string[], token = ann.token): Promise<Ran> {
  return sluice([...args, '--server', `http://127.0.0.1:${server.port}/`], undefined, { SLUICE_TOKEN: token });
}

async function startWorker(taskQueue: string) {
  const created = await Worker.create({ connection: native, taskQueue, workflowBundle: { code } });
  const running = created.run();
  return {
    stop: async () => {
      created.shutdown();
      await running;
    },
  };
}

/** Starts a scripted rollout under a plan name of its own. */
async function start(script: RolloutScript, taskQueue = cluster): Promise<{ plan: string; handle: WorkflowHandle }> {
  const plan = `p-${randomUUID().slice(0, 8)}`;
  const workflowId = rolloutWorkflowId(cluster, 'demo', plan);
  const attributes = {
    SluicePlan: [plan],
    SluiceState: ['running'],
    SluiceStep: ['shift'],
    SluiceRollout: [`${plan}-7`],
  };
  const handle = await client.workflow.start('rollout', {
    workflowId,
    taskQueue,
    args: [script],
    searchAttributes: attributes,
  });
  return { plan: `demo/${plan}`, handle };
}

function frames(...views: [RolloutView, RolloutScript['frames'][number]['ms']][]): RolloutScript['frames'] {
  return views.map(([view, ms]) => ({ view, ms }));
}

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

function sluice(args: string[], started?: (child: ChildProcess) => void, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const child = spawn(process.execPath, [BIN, ...args, '--cluster', cluster], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const ran: Ran = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    ran.stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    ran.stderr += chunk.toString('utf8');
  });
  started?.(child);
  return new Promise((resolve) => child.on('close', (exit) => resolve({ ...ran, code: exit })));
}

/** Watches a script whose frames last until they were printed. */
function watch({ plan, handle }: { plan: string; handle: WorkflowHandle }, ...more: string[]): Promise<Ran> {
  return sluice(['get', plan, '-w', ...more], (child) => {
    // A script that has ended takes no signal, and needs none.
    child.stdout?.on('data', () => void handle.signal('seen').catch(() => undefined));
  });
}

describe.concurrent('watching', () => {
  it('ends with the outcome: promoted 0, failed 3', async () => {
    const good = await start({ frames: frames([runningView(), 'seen'], [promotedView(), 0]) });
    const ran = await watch(good);
    expect(ran.code).toBe(0);
    expect(ran.stdout.trim().split('\n')).toHaveLength(2);
    expect(ran.stdout).toMatch(/^\S+Z running step=13 shift weight=40 seen=39.2\n\S+Z ended outcome=promoted /);
    const bad = await start({ frames: frames([failedView(), 0]) });
    expect((await sluice(['get', bad.plan, '-w'])).code).toBe(3);
  });

  it('prints one view per change as jsonl', async () => {
    const script = await start({ frames: frames([runningView(), 'seen'], [promotedView(), 0]) });
    const { stdout } = await watch(script, '-o', 'jsonl');
    const states = stdout
      .trim()
      .split('\n')
      .map((text) => (JSON.parse(text) as RolloutView).state);
    expect(states).toEqual(['running', 'ended']);
  });

  it('keeps to the rollout that it saw first: another one in its place is 7', async () => {
    const later = runningView({ rollout: 'reviews-8', startedBy: { source: 'cli', delivery: 'cli/2' } });
    const next = { frames: frames([later, 5000], [promotedView(), 0]) };
    const told = await start({
      frames: frames(
        [runningView(), 'seen'],
        [runningView({ state: 'ended', outcome: { kind: 'superseded', reason: 'newer', step: 13 } }), 0],
      ),
      next,
    });
    expect((await watch(told)).code).toBe(7);
    const untold = await start({ frames: frames([runningView(), 'seen']), next });
    const ran = await watch(untold);
    expect(ran.code).toBe(7);
    expect(ran.stderr).toContain('reviews-8 has taken its place');
  });

  it('goes on through a run that carries the same rollout', async () => {
    const next = {
      frames: frames([runningView({ route: { primary: 20, canary: 80, mirror: 0 } }), 'seen'], [promotedView(), 0]),
    };
    const ran = await watch(await start({ frames: frames([runningView(), 'seen']), next }));
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('weight=80');
  });

  it('stops alone: --timeout 6, --fail-fast 8, Ctrl-C 130, and says that the rollout goes on', async () => {
    const { plan, handle } = await start({ frames: frames([needsYouView(), 60_000]) });
    const late = await sluice(['get', plan, '-w', '--timeout', '2s']);
    expect([late.code, late.stderr]).toEqual([6, expect.stringContaining('the rollout goes on')]);
    expect((await sluice(['get', plan, '-w', '--fail-fast'])).code).toBe(8);
    const stopped = await sluice(['get', plan, '-w'], (child) => {
      child.stdout?.once('data', () => child.kill('SIGINT'));
    });
    expect([stopped.code, stopped.stderr]).toEqual([130, expect.stringContaining('The rollout goes on')]);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate('end of the test');
    const lost = await sluice(['get', plan, '-w']);
    expect([lost.code, lost.stderr]).toEqual([1, expect.stringContaining('terminated')]);
  });
});

describe.concurrent('steering', () => {
  it('pause is taken once, an abort ends the rollout, and the audit has both', async () => {
    const aborted = runningView({ state: 'ended', outcome: { kind: 'aborted', reason: 'Aborted by mo.', step: 13 } });
    const { plan } = await start({ frames: frames([runningView(), 0], [aborted, 0]), untilAbort: true });
    const paused = await sluice(['pause', plan, '--by', 'mo', '--reason', 'latency']);
    expect([paused.code, paused.stdout]).toEqual([0, 'pause taken for reviews-7\n']);
    const again = await sluice(['pause', plan]);
    expect([again.code, again.stderr]).toEqual([9, expect.stringContaining('mo paused it already')]);
    const watching = sluice(['get', plan, '-w']);
    expect((await sluice(['abort', plan, '--by', 'mo', '--reason', 'errors'])).code).toBe(0);
    expect((await watching).code).toBe(11);
    expect((await sluice(['abort', plan, '--reason', 'again'])).code).toBe(9);
    const audit = await sluice(['audit', plan, '-o', 'jsonl']);
    const records = audit.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as { who: string; what: string; why?: string });
    expect(records.map(({ who, what, why }) => [who, what, why])).toEqual([
      ['unknown source', 'deploy event with a new configuration', undefined],
      ['mo · cli (unverified)', 'pause', 'latency'],
      ['mo · cli (unverified)', 'abort', 'errors'],
      ['sluice', 'outcome', 'Aborted by mo.'],
    ]);
  });

  it('without a worker an abort is stored and works when one is back', async () => {
    const queue = `${cluster}-later`;
    const aborted = runningView({ state: 'ended', outcome: { kind: 'aborted', reason: 'Aborted.', step: 13 } });
    const { plan, handle } = await start({ frames: frames([runningView(), 0], [aborted, 0]), untilAbort: true }, queue);
    const seen = await sluice(['get', plan]);
    expect([seen.code, seen.stderr]).toEqual([10, expect.stringContaining('Nothing is lost')]);
    const sent = await sluice(['abort', plan, '--reason', 'emergency']);
    expect([sent.code, sent.stderr]).toEqual([
      10,
      expect.stringContaining('sent and stored; no worker confirms it yet'),
    ]);
    const direct = await sluice(['resume', plan]);
    expect([direct.code, direct.stderr]).toEqual([4, expect.stringContaining('resume needs a proof of who asks')]);
    expect((await sluiceAsAnn(['resume', plan])).code).toBe(10);
    const back = await startWorker(queue);
    expect(((await handle.result()) as RolloutView).outcome?.kind).toBe('aborted');
    await back.stop();
    expect((await sluice(['get', plan])).code).toBe(0);
  });

  it('questions are answered by name, in short when that is clear; a wrong name is refused with what is open', async () => {
    const { plan, handle } = await start({ frames: frames([twoQuestionsView(), 300_000]) });
    const route = 'reviews-7/refused/route/2';
    for (const [args, message] of [
      [['answer', plan, 'refused/route', 'leave-it'], `answer leave-it taken for ${route}`],
      [['acknowledge', plan, route], `acknowledge taken for ${route}`],
      [['retry', plan, 'canary'], 'retry taken for reviews-7/canary/canary/1'],
    ] as const) {
      const { code, stdout } = await sluiceAsAnn([...args]);
      expect([code, stdout]).toEqual([0, `${message}\n`]);
    }
    const json = await sluiceAsAnn(['answer', plan, 'route', 'retry', '--reason', 'repaired', '-o', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      action: { verb: 'answer', question: 'route', answer: 'retry', reason: 'repaired' },
      answer: { accepted: true },
    });
    const open = `Open questions: reviews-7/canary/canary/1, ${route}.`;
    for (const [question, why] of [
      ['refused/primary', 'refused/primary is not open'],
      ['reviews-7', '"reviews-7" fits reviews-7/canary/canary/1 and'],
    ] as const) {
      const { code, stderr } = await sluiceAsAnn(['answer', plan, question, 'retry']);
      expect([code, stderr]).toEqual([9, expect.stringContaining(`answer refused: `)]);
      expect(stderr).toContain(why);
      expect(stderr).toContain(open);
    }
    for (const [args, token, status] of [
      [['answer', plan, 'x'.repeat(201), 'retry'], ann.token, 2],
      [['retry', plan, 'canary'], newToken().token, 4],
      [['pause', 'prod/none'], ann.token, 4],
      [['pause', 'demo/none'], ann.token, 5],
    ] as const)
      expect((await sluiceAsAnn([...args], token)).code).toBe(status);
    await handle.terminate('end of the test');
  });

  it('what never ran is "not found"', async () => {
    for (const args of [
      ['get', 'demo/none'],
      ['pause', 'demo/none'],
      ['audit', 'demo/none'],
    ]) {
      const { code, stderr } = await sluice(args);
      expect([code, stderr]).toEqual([5, expect.stringContaining('no rollout of demo/none')]);
    }
  });
});

describe.concurrent('listing', () => {
  it('shows what runs on this cluster, and says where it looked when there is nothing', async () => {
    const { plan, handle } = await start({ frames: frames([runningView(), 60_000]) });
    await expect
      .poll(async () => (await sluice(['list'])).stdout, { timeout: 20_000 })
      .toMatch(new RegExp(`▶ Running +${plan} +${plan.slice(5)}-7 +13/19 shift`));
    const empty = await sluice(['list', '-n', 'elsewhere']);
    expect([empty.code, empty.stdout]).toEqual([0, '']);
    expect(empty.stderr).toContain(`No rollouts in cluster ${cluster}, namespace elsewhere`);
    await handle.terminate('end of the test');
  });
});
