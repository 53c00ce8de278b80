import { expect, test } from 'vitest';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

const PROMOTION = [
  'detect',
  'scaleCanary 1',
  'boundAutoscaler canary 1-10',
  'awaitReady canary 1',
  'runAcceptance',
  'runLoad',
  'scaleCanary 3',
  'awaitReady canary 3',
  'route 100/0 mirror 100',
  'checkInterval mirror',
  'checkInterval mirror',
  'checkInterval mirror',
  'route 100/0',
  'route 80/20',
  'checkInterval live',
  'route 60/40',
  'checkInterval live',
  'route 40/60',
  'checkInterval live',
  'route 20/80',
  'checkInterval live',
  'route 0/100',
  'checkInterval live',
  'upgradePrimary 3',
  'awaitReady primary 3',
  'boundAutoscaler primary 3-10',
  'awaitReady primary 3',
  'route 100/0',
  'boundAutoscaler primary 2-10',
  'observeAway',
  'scaleCanaryToZero',
];

/** Without the guard's intervals, whose number depends on time. */
function withoutGuard(names: string[]): string[] {
  const upgrade = names.indexOf('upgradePrimary 3');
  return names.filter((name, index) => index < upgrade || name !== 'checkInterval live');
}

test('a good revision goes through the nineteen steps in order and is promoted', async () => {
  const plan = planFor('good');
  expect(await harness.offer(offerFor(plan))).toMatchObject({ status: 'started', rollout: 'good-1' });
  const view: RolloutView = await harness.handle(plan).result();
  expect(view.outcome).toMatchObject({ kind: 'promoted', step: 19 });
  expect(withoutGuard(world.names())).toEqual(PROMOTION);
  expect(view.steps.map(({ state }) => state)).toEqual(Array(19).fill('done'));
  expect(view.failures.count).toBe(0);
  expect(world.notices.map(({ topic, view: told }) => [topic, told.outcome?.kind])).toEqual([['ended', 'promoted']]);
});

test('fence numbers grow with every write', async () => {
  const plan = planFor('fences');
  await harness.offer(offerFor(plan));
  await harness.handle(plan).result();
  const seqs = world.calls.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  expect(new Set(seqs).size).toBe(seqs.length);
});

test('a plan without tests, mirror and autoscaler skips those steps visibly', async () => {
  world.hasAutoscaler = false;
  const plan = planFor('short', { acceptance: [], load: undefined, mirror: undefined });
  await harness.offer(offerFor(plan));
  const view: RolloutView = await harness.handle(plan).result();
  const skipped = view.steps.filter(({ state }) => state === 'skipped').map(({ name, note }) => `${name}: ${note}`);
  expect(skipped).toEqual([
    'canary-autoscaler: no HPA',
    'acceptance: not in the plan',
    'acceptance-gate: no tests',
    'load: not in the plan',
    'mirror: not in the plan',
    'check: no mirror in the plan',
    'stop-mirror: not in the plan',
    'primary-autoscaler: no HPA',
  ]);
  expect(view.outcome?.kind).toBe('promoted');
});

test('an unchanged revision starts nothing', async () => {
  world.detection = { kind: 'unchanged', revision: { id: 'old0000001', image: 'reviews:v1', config: [] } };
  const plan = planFor('unchanged');
  expect(await harness.offer(offerFor(plan))).toMatchObject({ status: 'unchanged' });
  const view: RolloutView = await harness.handle(plan).result();
  expect(view.outcome?.kind).toBe('unchanged');
  expect(world.names()).toEqual(['detect']);
});

test('a refused plan says every problem and starts nothing', async () => {
  const problem = { where: 'VirtualService demo/reviews', problem: 'it does not exist', remedy: 'create it' };
  world.detection = { kind: 'refused', problems: [problem] };
  const plan = planFor('refused');
  expect(await harness.offer(offerFor(plan))).toMatchObject({ status: 'rejected', problems: [problem] });
  expect(world.names()).toEqual(['detect']);
  expect(world.notices).toEqual([]);
});

test('the same offer twice is one rollout with one answer', async () => {
  const plan = planFor('twice');
  const offer = offerFor(plan);
  const answers = await Promise.all([harness.offer(offer), harness.offer(offer), harness.offer(offer)]);
  expect(new Set(answers.map(({ rollout }) => rollout))).toEqual(new Set(['twice-1']));
  await harness.handle(plan).result();
  expect(world.names().filter((name) => name === 'detect')).toHaveLength(1);
});
