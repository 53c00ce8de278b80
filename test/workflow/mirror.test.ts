import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clusterQueue, waitQueue } from '../../src/contract/ids.ts';
import { mirrorViewQuery, stopMirrorSignal, stopMirrorUpdate } from '../../src/contract/messages.ts';
import { type MirrorSpec, type MirrorStop, type MirrorView, mirrorWorkflowId } from '../../src/contract/mirror.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { temporalAddress } from '../support/workflow/harness.ts';
import { MirrorWorld, mirrorSpecFor, NUMBERS } from '../support/workflow/mirror-world.ts';

let native: NativeConnection;
let connection: Connection;
let client: Client;
let world: MirrorWorld;
let cluster: string;
let workers: { stop(): Promise<void> };

beforeAll(async () => {
  const address = temporalAddress();
  native = await NativeConnection.connect({ address });
  connection = await Connection.connect({ address });
  client = new Client({ connection });
});

afterAll(async () => {
  await native?.close();
  await connection?.close();
});

beforeEach(async () => {
  world = new MirrorWorld();
  cluster = `test-${randomUUID().slice(0, 8)}`;
  workers = await startWorkers();
});

afterEach(() => workers.stop());

/** The workflow's own queue is named after the cluster, so that tests do not share it. */
async function startWorkers(): Promise<{ stop(): Promise<void> }> {
  const all = await Promise.all([
    Worker.create({ connection: native, taskQueue: cluster, workflowBundle: { codePath: await workflowBundle() } }),
    Worker.create({ connection: native, taskQueue: clusterQueue(cluster), activities: world.cluster() }),
    Worker.create({
      connection: native,
      taskQueue: waitQueue(cluster),
      activities: world.waits(),
      maxHeartbeatThrottleInterval: '20ms',
    }),
  ]);
  const running = Promise.all(all.map((worker) => worker.run()));
  return {
    stop: async () => {
      for (const worker of all) worker.shutdown();
      await running;
    },
  };
}

function specFor(changes: Partial<MirrorSpec> = {}): MirrorSpec {
  return mirrorSpecFor(cluster, changes);
}

function start(changes: Partial<MirrorSpec> = {}): Promise<WorkflowHandle> {
  const spec = specFor(changes);
  return client.workflow.start('mirror', {
    workflowId: mirrorWorkflowId(spec),
    taskQueue: cluster,
    args: [{ spec, startedBy: 'mo · cli' }],
  });
}

const result = (handle: WorkflowHandle) => handle.result() as Promise<MirrorView>;
const viewOf = (handle: WorkflowHandle) => handle.query(mirrorViewQuery);

async function until(handle: WorkflowHandle, seen: (view: MirrorView) => boolean): Promise<MirrorView> {
  for (let tries = 0; tries < 400; tries += 1) {
    const view = await viewOf(handle);
    if (seen(view)) return view;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not seen in 20 s; last view: ${JSON.stringify(await viewOf(handle))}`);
}

const running = (handle: WorkflowHandle) =>
  until(handle, ({ state }) => state === 'running' && world.calls.some((call) => call.startsWith('watch')));

describe('a mirror', () => {
  it('ends at its time, is taken off and tells its numbers', async () => {
    const handle = await start({ durationMs: 1_000 });
    const view = await result(handle);
    expect(view).toMatchObject({ state: 'ended', outcome: { kind: 'ended' }, warnings: ['careful'], numbers: NUMBERS });
    expect(Date.parse(view.until ?? '') - Date.parse(view.since ?? '')).toBe(1_000);
    expect(Date.parse(view.endedAt ?? '') - Date.parse(view.until ?? '')).toBeLessThan(2_000);
    expect(world.calls).toEqual(['inspect', 'on 3.1', 'watch 1', 'off 3.2', 'measure']);
  });

  it('is stopped by a person, with the reason', async () => {
    const handle = await start();
    await running(handle);
    const stop: MirrorStop = { actor: { name: 'mo', channel: 'cli' }, reason: 'seen enough' };
    const answer = await handle.executeUpdate(stopMirrorUpdate, { args: [stop] });
    expect(answer).toMatchObject({
      accepted: true,
    });
    const view = await result(handle);
    expect(view.outcome).toEqual({ kind: 'stopped', reason: 'Stopped by mo · cli (unverified): seen enough.' });
    expect(view.until).toBeUndefined();
    expect(world.calls).toEqual(['inspect', 'on 3.1', 'watch 1', 'off 3.2', 'measure']);
  });

  it('is stopped by a signal, and by a cancel of the workflow', async () => {
    for (const end of [(h: WorkflowHandle) => h.signal(stopMirrorSignal, 'now'), (h: WorkflowHandle) => h.cancel()]) {
      world.calls.length = 0;
      const handle = await start();
      await running(handle);
      await end(handle);
      expect((await result(handle)).outcome?.kind).toBe('stopped');
      expect(world.calls.at(-2)).toBe('off 3.2');
    }
  });

  it.each([
    ['target-lost', 'target-lost'],
    ['changed', 'failed'],
  ] as const)('ends when the watch says %s', async (kind, outcome) => {
    world.watches = [{ kind, sentence: 'no pod behind forecast is ready', numbers: NUMBERS }];
    const view = await result(await start({ durationMs: 60_000 }));
    expect(view.outcome?.kind).toBe(outcome);
    expect(view.outcome?.reason).toContain('no pod behind forecast is ready');
    expect(world.calls).toContain('off 3.2');
  });

  it('writes nothing when the inspection refuses', async () => {
    world.inspected = {
      kind: 'refused',
      problems: [{ where: 'Service weather/x', problem: 'does not exist', remedy: 'create it' }],
    };
    const view = await result(await start());
    expect(view.outcome).toEqual({ kind: 'refused', reason: 'Service weather/x does not exist; create it.' });
    expect(world.calls).toEqual(['inspect']);
    expect(view.since).toBeUndefined();
  });

  it('ends refused when a rollout was faster, and failed with a removal when the mesh does not take it', async () => {
    world.writes = [{ kind: 'refused', sentence: 'plan weather/forecast is not at rest' }];
    expect((await result(await start())).outcome?.kind).toBe('refused');
    expect(world.calls).toEqual(['inspect', 'on 3.1']);
    world.calls.length = 0;
    world.writes = [{ kind: 'notTaken', sentence: 'the reference is not allowed' }];
    expect((await result(await start())).outcome).toEqual({ kind: 'failed', reason: 'the reference is not allowed.' });
    expect(world.calls).toEqual(['inspect', 'on 3.1', 'off 3.2', 'measure']);
  });

  it('removes what a failed write may have left', async () => {
    world.writes = [ApplicationFailure.nonRetryable('no right to patch', 'Cluster.forbidden')];
    const view = await result(await start());
    expect(view.outcome).toEqual({ kind: 'failed', reason: 'Could not write the mirror: no right to patch.' });
    expect(world.calls).toContain('off 3.2');
  });

  it('never gives up the removal', async () => {
    world.writes = [
      { kind: 'written', at: '' },
      ...Array.from({ length: 12 }, () => ApplicationFailure.retryable('no API server', 'Cluster.network')),
    ];
    const handle = await start();
    await running(handle);
    await handle.signal(stopMirrorSignal);
    await until(handle, ({ state }) => state === 'stopping');
    await until(handle, () => world.calls.filter((call) => call === 'off 3.2').length > 3);
    expect((await viewOf(handle)).state).toBe('stopping');
    world.writes = [];
    expect((await result(handle)).outcome?.kind).toBe('stopped');
  });

  it('believes a newer run of the same mirror that has taken over', async () => {
    world.writes = [{ kind: 'written', at: '' }, ApplicationFailure.nonRetryable('newer', 'FenceRefused')];
    expect((await result(await start({ durationMs: 1_000 }))).state).toBe('ended');
    expect(world.calls.filter((call) => call.startsWith('off'))).toEqual(['off 3.2']);
  });

  it('keeps its time and watches again when the watch fails, and says so', async () => {
    world.watches = [ApplicationFailure.nonRetryable('no right to watch', 'Cluster.forbidden')];
    const view = await result(await start({ durationMs: 1_500 }));
    expect(view.outcome?.kind).toBe('ended');
    expect(view.warnings).toContain('It could not be watched for a while: no right to watch');
  });

  it('ends without numbers when they cannot be read', async () => {
    world.measured = ApplicationFailure.nonRetryable('Prometheus is away', 'Error');
    const view = await result(await start({ durationMs: 1_000 }));
    expect(view.warnings).toContain('The last numbers could not be read: Prometheus is away');
  });

  it('is off within seconds of a restart when every worker was dead at its time', async () => {
    const handle = await start({ durationMs: 2_000 });
    await running(handle);
    await workers.stop();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(world.calls.some((call) => call.startsWith('off'))).toBe(false);
    const back = Date.now();
    workers = await startWorkers();
    const view = await result(handle);
    expect(view.outcome?.kind).toBe('ended');
    expect(Date.parse(view.endedAt ?? '') - back).toBeLessThan(5_000);
    expect(Date.parse(view.endedAt ?? '') - Date.parse(view.until ?? '')).toBeGreaterThan(0);
  });

  it('is found by its type and state, and not among rollouts', async () => {
    const handle = await start({ durationMs: 1_000 });
    await result(handle);
    const { searchAttributes, type } = await handle.describe();
    expect(type).toBe('mirror');
    expect(searchAttributes).toMatchObject({ SluicePlan: ['watch'], SluiceState: ['ended'] });
  });
});
