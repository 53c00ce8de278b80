import { describe, expect, test } from 'vitest';
import type { ComparePlan } from '../../src/contract/analysis.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { IntervalComparison } from '../../src/contract/verdict.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

/** Health is not proven. */
const OPEN: Partial<IntervalComparison> = { verdict: 'continue', reason: 'not-proven' };
/** The deadline of the plans below has always passed: intervals of the world last a second by their own word. */
const LONG_AGO = 1_000;
const NEVER = 3_600_000;

function comparing(name: string, compare: Partial<ComparePlan> = {}, changes: Partial<Plan> = {}): Plan {
  const plan = planFor(name, { mirror: { percent: 100, everyMs: 20, iterations: 2 }, ...changes });
  const defaults: ComparePlan = { options: {}, tickMs: 10, deadlineMs: NEVER, onInconclusive: 'hold', minRequests: 1 };
  return { ...plan, analysis: { ...plan.analysis, compare: { ...defaults, ...compare } } };
}

async function ended(plan: Plan): Promise<RolloutView> {
  await harness.offer(offerFor(plan));
  return harness.handle(plan).result();
}

const count = (name: string) => world.names().filter((one) => one === name).length;

describe('a stage', () => {
  test('goes on until health is proven, at the same traffic', async () => {
    world.comparisons = [OPEN, OPEN, OPEN, {}, OPEN];
    const view = await ended(comparing('proven'));
    expect(view.outcome?.kind).toBe('promoted');
    expect(view.steps.find(({ name }) => name === 'check')?.note).toBe('4/2 passed');
    expect(count('checkInterval mirror')).toBe(4);
    // 20 % twice, 40, 60, 80 and 100 % once
    expect(count('checkInterval live')).toBeGreaterThanOrEqual(6);
    expect(world.names().filter((name) => name.startsWith('route '))).toEqual([
      'route 100/0 mirror 100',
      'route 100/0',
      'route 80/20',
      'route 60/40',
      'route 40/60',
      'route 20/80',
      'route 0/100',
      'route 100/0',
    ]);
  });

  test('above the last compared weight needs its interval only', async () => {
    world.comparisons = Array.from({ length: 2 }, () => ({}));
    const view = await ended(comparing('frozen', {}, { shift: { weights: [80, 100], everyMs: 20 } }));
    expect(view.outcome?.kind).toBe('promoted');
    expect(view.comparison?.frozen).toBe(true);
  });

  test('may end early when the plan says so, and only then', async () => {
    await ended(comparing('patient'));
    expect(count('checkInterval mirror')).toBe(2);
    await ended(comparing('early', { earlyMs: 1_000 }));
    expect(count('checkInterval mirror')).toBe(3);
    expect(world.compared.some((compare) => compare?.earlyAfterMs === 1_000)).toBe(true);
  });

  test('hands its evidence to the next interval', async () => {
    const view = await ended(comparing('evidence'));
    expect(world.compared[0]?.judge).toBeUndefined();
    expect(world.compared.slice(1).every((compare) => compare?.judge !== undefined)).toBe(true);
    expect(view.comparison?.points[0]).toEqual({
      at: '2026-11-21T12:00:01.000Z',
      stage: 'mirror',
      lnAbort: 0,
      lnPass: 3,
      canary: 0.1,
      primary: undefined,
    });
    expect(JSON.stringify(view)).not.toContain('warmup');
  });
});

describe('a canary that is proven worse', () => {
  test('leaves at once, from the mirror and from a weight', async () => {
    world.comparisons = [{ verdict: 'abort', reason: 'worse' }];
    const mirror = await ended(comparing('worse-mirror'));
    expect(mirror.outcome).toMatchObject({ kind: 'failed', step: 9 });
    expect(mirror.outcome?.reason).toMatch(/^The canary is worse than the primary at mirror/);
    world.comparisons = [{}, {}, { verdict: 'abort', reason: 'worse' }];
    const live = await ended(comparing('worse-live'));
    expect(live.outcome).toMatchObject({ kind: 'failed', step: 13 });
    expect(live.outcome?.reason).toMatch(/at 20 %/);
    expect(world.route).toMatchObject({ primary: 100, canary: 0, mirror: 0 });
  });

  test('leaves from a pause as well', async () => {
    const plan = comparing('worse-paused', {}, { mirror: undefined });
    world.stuck.add('checkInterval live');
    await harness.offer(offerFor(plan));
    await harness.until(plan, (view) => view.route.canary === 20);
    await harness.act(plan, 'pause');
    world.comparisons = [{ verdict: 'abort', reason: 'worse' }];
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome).toMatchObject({ kind: 'failed' });
  });
});

describe('a stage that is inconclusive at its deadline', () => {
  const late = (name: string, compare: Partial<ComparePlan> = {}) => {
    world.comparisons = [OPEN, OPEN];
    return comparing(name, { deadlineMs: LONG_AGO, ...compare });
  };

  test('holds; retry compares for as long again', async () => {
    const plan = late('hold');
    await harness.offer(offerFor(plan));
    const held = await harness.until(plan, ({ state }) => state === 'needs-you');
    expect(held.needsYou?.reason).toMatch(/^Neither health nor harm is proven at mirror after 1s/);
    expect(held.route.mirror).toBe(100);
    await harness.answer(plan);
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('promoted');
  });

  test('is extended once, and then holds', async () => {
    const plan = late('extend', { onInconclusive: 'extend' });
    world.comparisons.push(OPEN, OPEN, OPEN);
    await harness.offer(offerFor(plan));
    const held = await harness.until(plan, ({ state }) => state === 'needs-you');
    expect(held.intervals.length).toBeGreaterThanOrEqual(3);
    await harness.act(plan, 'abort');
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('aborted');
  });

  test('aborts, or goes on with a warning where the evidence allows it', async () => {
    const aborted = await ended(late('abort', { onInconclusive: 'abort' }));
    expect(aborted.outcome).toMatchObject({ kind: 'failed', step: 9 });
    const plan = late('advance', { onInconclusive: 'advance' });
    world.comparisons = [OPEN, { ...OPEN, mayAdvance: true }];
    const advanced = await ended(plan);
    expect(advanced.outcome?.kind).toBe('promoted');
    expect(advanced.warnings.join()).toContain('It went on, as the plan says');
    world.comparisons = [OPEN, OPEN];
    const held = comparing('advance-not', { deadlineMs: LONG_AGO, onInconclusive: 'advance' });
    await harness.offer(offerFor(held));
    await harness.until(held, ({ state }) => state === 'needs-you');
    await harness.act(held, 'abort');
    await harness.handle(held).result();
  });
});

test('trouble that the primary has too neither counts nor advances, and does not last for ever', async () => {
  world.verdicts = ['inconclusive', 'inconclusive', 'pass', 'pass'];
  const view = await ended(comparing('shared'));
  expect(view.outcome?.kind).toBe('promoted');
  expect(view.failures.count).toBe(0);
  world.verdicts = Array(3).fill('inconclusive');
  const plan = comparing('shared-long');
  await harness.offer(offerFor(plan));
  const held = await harness.until(plan, ({ state }) => state === 'needs-you');
  expect(held.route).toMatchObject({ primary: 100, mirror: 0 });
  await harness.act(plan, 'abort');
  await harness.handle(plan).result();
});
