import { describe, expect, test } from 'vitest';
import { weighted } from '../../src/contract/intent.ts';
import type { ApprovalPlan, Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

const CHANGE = 'VirtualService demo/reviews: spec.http[0] has primary 50 %, canary 50 %; last changed by kubectl-edit';

eachInAWorld();

const routes = () => world.names().filter((name) => name.startsWith('route'));

function planWith(name: string, onDrift: 'hold' | 'restore'): Plan {
  const plan = planFor(name, { mirror: undefined, shift: { weights: [20, 100], everyMs: 1_500 } });
  return { ...plan, traffic: { ...plan.traffic, onDrift } };
}

async function reachesTwenty(plan: Plan): Promise<void> {
  await harness.offer(offerFor(plan));
  await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('checkInterval live');
}

describe("somebody else's change of the route", () => {
  test('ends the interval and asks; retry writes over it and the interval starts over', async () => {
    const plan = planWith('asks', 'hold');
    await reachesTwenty(plan);
    world.foreignChange.push(CHANGE);
    const held = await harness.until(plan, ({ needsYou }) => needsYou !== undefined);
    expect(held.needsYou).toMatchObject({
      kind: 'drift',
      reason: CHANGE,
      answers: { retry: 'writes primary 80 %, canary 20 % over it' },
    });
    expect(routes()).toEqual(['route 80/20']);
    await harness.answer(plan);
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('promoted');
    expect(routes()).toEqual(['route 80/20', 'route 80/20', 'route 0/100', 'route 100/0']);
  });

  test('abort goes back and overwrites', async () => {
    const plan = planWith('aborts', 'hold');
    await reachesTwenty(plan);
    world.foreignChange.push(CHANGE);
    await harness.until(plan, ({ needsYou }) => needsYou !== undefined);
    await harness.act(plan, 'abort');
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('aborted');
    expect(routes()).toEqual(['route 80/20', 'route 100/0']);
  });

  test('before Sluice wrote the route: an abort takes users away before the canary goes', async () => {
    const plan = planWith('early', 'hold');
    world.stuck.add('runLoad');
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('runLoad');
    world.route = weighted(50);
    await harness.act(plan, 'abort');
    await harness.handle(plan).result();
    expect(world.names().slice(-3)).toEqual(['route 100/0', 'observeAway', 'scaleCanaryToZero']);
  });

  test('is written over at once when the plan says restore, and said', async () => {
    const plan = planWith('restores', 'restore');
    await reachesTwenty(plan);
    world.foreignChange.push(CHANGE);
    await expect.poll(routes, { timeout: 10_000 }).toEqual(['route 80/20', 'route 80/20']);
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('promoted');
    expect(view.warnings).toEqual([`${CHANGE}; Sluice wrote it again.`]);
  });

  test('made again and again asks a person after five times', async () => {
    const plan = planWith('tires', 'restore');
    await reachesTwenty(plan);
    world.foreignChange.push(...Array<string>(6).fill(CHANGE));
    const held = await harness.until(plan, ({ needsYou }) => needsYou !== undefined);
    expect(held.needsYou?.reason).toContain('it was written again 5 times and changed each time');
    expect(routes()).toHaveLength(6);
    await harness.answer(plan);
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('promoted');
  });

  test('while an approval is waited for is a question beside it, each with its own answer', async () => {
    const approval: ApprovalPlan = { before: 100, from: [], count: 1, notInitiator: true, onExpiry: 'hold' };
    const plan = { ...planWith('beside', 'hold'), approvals: [approval] };
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ needsYou }) => needsYou?.gate !== undefined);
    world.foreignChange.push(CHANGE);
    const { questions } = await harness.until(plan, (view) => view.questions.length === 2);
    expect(questions.map(({ kind }) => kind)).toEqual(['approval', 'drift']);
    await harness.act(plan, 'approve', { actor: { name: 'ann', channel: 'cli', statement: 'good' } });
    const left = await harness.until(plan, (view) => view.questions.length === 1);
    expect(left).toMatchObject({ state: 'needs-you', needsYou: { kind: 'drift' }, route: { canary: 20 } });
    await harness.answer(plan);
    expect(((await harness.handle(plan).result()) as RolloutView).outcome?.kind).toBe('promoted');
    expect(routes()).toEqual(['route 80/20', 'route 80/20', 'route 0/100', 'route 100/0']);
  });
});

test('a write that a webhook changes holds, the checks go on, and retry writes it again', async () => {
  const plan = planWith('webhook', 'hold');
  world.notTaken = ['VirtualService demo/reviews: primary 70 %, canary 30 %, right after Sluice wrote others'];
  await harness.offer(offerFor(plan));
  const held = await harness.until(plan, ({ needsYou }) => needsYou !== undefined);
  expect(held.needsYou).toMatchObject({
    reason: expect.stringContaining('primary 70 %'),
    answers: { retry: 'tries it again' },
  });
  await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('checkInterval live');
  await harness.answer(plan);
  const view: RolloutView = await harness.handle(plan).result();
  expect(view.outcome?.kind).toBe('promoted');
  expect(routes()).toEqual(['route 80/20', 'route 80/20', 'route 0/100', 'route 100/0']);
});
