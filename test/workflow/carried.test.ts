import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { rolloutWorkflowId } from '../../src/contract/ids.ts';
import { weighted } from '../../src/contract/intent.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { initialState, type RolloutState } from '../../src/workflows/rollout/state.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { temporalAddress } from '../support/workflow/harness.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

const STARTER = fileURLToPath(new URL('./support/starter.ts', import.meta.url));
const plan = planFor('carried');
const workflowId = () => rolloutWorkflowId(harness.cluster, plan.namespace, plan.name);
const offer = offerFor(plan);

/** What the run before hands over when its history has grown long at weight 40. */
function atWeight40(): RolloutState {
  const state = initialState(offer, harness.cluster, '2026-11-21T12:00:00.000Z');
  const { view } = state;
  for (const step of view.steps.filter(({ number }) => number < 13)) step.state = 'done';
  const shift = view.steps.find(({ name }) => name === 'shift');
  if (shift) shift.state = 'running';
  Object.assign(view, { rollout: 'carried-7', state: 'running', route: weighted(40) });
  view.failures.count = 2;
  return Object.assign(state, {
    seq: 11,
    weightsPassed: 1,
    canaryReplicas: 3,
    podHash: 'abc',
    scheduled: { canary: 4, route: 11 },
    made: { canary: { what: 'forward', seq: 4, at: 0 }, route: { what: 'forward', seq: 11, at: 0 } },
    provenWeight: 20,
    answers: [{ id: 'before', answer: { accepted: true, message: 'Paused.' } }],
    detected: {
      epoch: 7,
      revision: { id: 'new0000001', image: 'reviews:v2', config: [] },
      previous: { id: 'old0000001', image: 'reviews:v1', config: [] },
      primaryReplicas: 3,
      autoscalers: {},
      routeFound: { rules: [{ index: 0, canary: true, weighted: true }] },
      warnings: [],
    },
  });
}

async function goOn(state: RolloutState): Promise<void> {
  const bundle = await bundleWorkflowCode({ workflowsPath: STARTER });
  const connection = await NativeConnection.connect({ address: temporalAddress() });
  const taskQueue = `starter-${harness.cluster}`;
  const worker = await Worker.create({ connection, taskQueue, workflowBundle: bundle });
  const input = { cluster: harness.cluster, offer, carried: state };
  await worker.runUntil(async () => {
    await harness.client.workflow.start('starter', {
      workflowId: workflowId(),
      taskQueue,
      args: ['rollout', harness.queue, input],
    });
    await expect.poll(() => world.calls.length, { timeout: 20_000 }).toBeGreaterThan(0);
  });
  await connection.close();
}

test('a rollout that is started with a state of another begins with its offer', async () => {
  const input = { cluster: harness.cluster, offer, carried: atWeight40() };
  await harness.client.workflow.start('rollout', { workflowId: workflowId(), taskQueue: harness.queue, args: [input] });
  const view: RolloutView = await harness.handle(plan).result();
  expect(view.rollout).toBe('carried-1');
  expect(world.names()[0]).toBe('detect');
});

test('a rollout that goes on in a new run begins where it was, with its numbers', async () => {
  await goOn(atWeight40());
  const view: RolloutView = await harness.handle(plan).result();
  expect(view).toMatchObject({ rollout: 'carried-7', outcome: { kind: 'promoted' }, failures: { count: 2 } });
  expect(world.names().slice(0, 2)).toEqual(['checkInterval live', 'route 40/60']);
  const seqs = world.calls.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
  expect(seqs[0]).toBe(12);
});

test('an action that the run before took has no second effect', async () => {
  world.stuck.add('checkInterval live');
  await goOn(atWeight40());
  expect(await harness.act(plan, 'pause', { id: 'before' })).toEqual({ accepted: true, message: 'Paused.' });
  expect((await harness.view(plan)).paused).toBeUndefined();
  expect(await harness.offer(offer)).toMatchObject({ status: 'started', rollout: 'carried-7' });
  world.stuck.clear();
  await harness.handle(plan).result();
});
