/** Intervals and load tests that are longer than a slice. */
import { expect, test } from 'vitest';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

/** Beside a standard rollout of five weights and three mirror intervals. */
const EVENTS = 300;

test('a rollout shows one verdict per interval, not per slice', async () => {
  world.sliceMs = 100;
  world.loadSlices = 2;
  const plan = planFor('sliced', { shift: { weights: [20, 100], everyMs: 250 } });
  await harness.offer(offerFor(plan));
  const view: RolloutView = await harness.handle(plan).result();
  expect(view.outcome?.kind).toBe('promoted');
  const upgrade = world.names().indexOf('upgradePrimary 3');
  const slices = world.names().slice(0, upgrade);
  expect(slices.filter((name) => name === 'checkInterval live').length).toBe(2 * 3);
  expect(slices.filter((name) => name === 'runLoad').length).toBe(3);
  const judged = view.intervals.filter(({ stage }) => stage !== 'mirror').map(({ stage, verdict }) => [stage, verdict]);
  expect(judged.slice(0, 2)).toEqual([
    ['20 %', 'pass'],
    ['100 %', 'pass'],
  ]);
  const { events } = await harness.handle(plan).fetchHistory();
  expect(events?.length).toBeLessThan(EVENTS);
});

test('while something is waited for an interval goes on over slices, and its verdict counts once', async () => {
  world.sliceMs = 200;
  world.ready.set('primary', [{ ready: false, replicas: 0, sentence: 'no pod is ready' }]);
  const plan = planFor('guarded-slices', { mirror: undefined, shift: { weights: [100], everyMs: 250 } });
  await harness.offer(offerFor(plan));
  const { intervals } = await harness.until(plan, ({ needsYou }) => needsYou !== undefined);
  world.verdicts = ['fail'];
  await harness.until(plan, ({ failures }) => failures.count === 1);
  const view = await harness.until(plan, ({ failures }) => failures.count === 0);
  expect(view.intervals.slice(intervals.length).map(({ verdict }) => verdict)).toEqual(['fail', 'pass']);
  await harness.act(plan, 'abort');
  expect((await harness.handle(plan).result()).outcome?.kind).toBe('aborted');
});
