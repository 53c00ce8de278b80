import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

const routes = () => world.names().filter((name) => name.startsWith('route'));
const seenIn = (names: string[], name: string) => names.filter((one) => one.startsWith(name)).length;

function planWith(name: string, onDrift: 'hold' | 'restore' = 'hold'): Plan {
  const plan = planFor(name, { mirror: undefined, shift: { weights: [20, 100], everyMs: 1_000 } });
  return { ...plan, traffic: { ...plan.traffic, onDrift } };
}

/** Users are at 20 %, and the interval there has begun. */
async function reachesTwenty(plan: Plan): Promise<void> {
  await harness.offer(offerFor(plan));
  await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('checkInterval live');
}

const asked = (plan: Plan) => harness.until(plan, ({ needsYou }) => needsYou !== undefined);
const result = (plan: Plan): Promise<RolloutView> => harness.handle(plan).result();

describe('an object that was made anew', () => {
  test('the primary: nothing is written to it before a person takes it, and once more for the next one', async () => {
    const plan = planWith('primary');
    await reachesTwenty(plan);
    world.uids.primary = 'second';
    expect((await asked(plan)).needsYou).toMatchObject({
      kind: 'recreated',
      object: 'upgrade-primary',
      reason: 'upgrade the primary: the primary is another one',
      answers: { adopt: 'goes on with the one that is there now' },
    });
    expect(world.primary).toBe('old');
    // the guard goes on while people are asked
    const before = seenIn(world.names(), 'checkInterval');
    await expect.poll(() => seenIn(world.names(), 'checkInterval'), { timeout: 10_000 }).toBeGreaterThan(before);
    world.uids.primary = 'third';
    await harness.answer(plan, 'adopt');
    await harness.until(plan, ({ needsYou }) => needsYou?.id.endsWith('/2') === true);
    expect(world.primary).toBe('old');
    await harness.answer(plan, 'adopt');
    const view = await result(plan);
    expect(view.outcome?.kind).toBe('promoted');
    expect(view.warnings.filter((one) => one.includes('answered adopt'))).toHaveLength(2);
  });

  test('the primary: an abort writes our own fields to whatever is there', async () => {
    const plan = planWith('abort');
    await reachesTwenty(plan);
    world.uids.primary = 'second';
    await asked(plan);
    world.uids.route = 'second';
    await harness.act(plan, 'abort');
    expect((await result(plan)).outcome?.kind).toBe('aborted');
    expect(routes().at(-1)).toBe('route 100/0');
    expect(world.route.canary).toBe(0);
    expect(world.primary).toBe('old');
  });

  test('the route: no more users go by it before a person takes it', async () => {
    const plan = planWith('route');
    await reachesTwenty(plan);
    world.uids.route = 'second';
    expect((await asked(plan)).needsYou).toMatchObject({ kind: 'recreated', object: 'route' });
    expect(world.route.canary).toBe(20);
    await harness.answer(plan, 'adopt');
    expect((await result(plan)).outcome?.kind).toBe('promoted');
  });

  test('the route: a plan that restores does not restore another one; a yes to what was seen is a yes to it', async () => {
    const plan = planWith('restores', 'restore');
    await reachesTwenty(plan);
    world.uids.route = 'second';
    world.foreignChange.push('VirtualService demo/reviews was deleted');
    expect((await asked(plan)).needsYou).toMatchObject({
      kind: 'drift',
      reason: 'VirtualService demo/reviews was deleted; it could not be written again: the route is another one',
    });
    await harness.answer(plan);
    expect((await result(plan)).outcome?.kind).toBe('promoted');
  });

  test('the canary: one that does not exist is made first, and then scaled', async () => {
    world.withoutCanary = true;
    const plan = planWith('canary');
    await harness.offer(offerFor(plan));
    expect((await result(plan)).outcome?.kind).toBe('promoted');
    expect(world.calls.filter(({ name }) => name === 'createCanary' || name === 'scaleCanary').slice(0, 2)).toEqual([
      expect.objectContaining({ name: 'createCanary', seq: 1 }),
      expect.objectContaining({ name: 'scaleCanary', seq: 2 }),
    ]);
  });
});
