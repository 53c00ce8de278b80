import { describe, expect, test } from 'vitest';
import type { Action, ActionVerb } from '../../src/contract/action.ts';
import type { ApprovalPlan, Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

const as = (name: string, groups?: string[]): Partial<Action> => ({
  actor: { name, channel: 'cli', statement: 'good', groups },
});

async function ask(plan: Plan, verb: ActionVerb, more: Partial<Action>): Promise<string> {
  try {
    const { accepted, message } = await harness.act(plan, verb, more);
    return `${accepted ? 'yes' : 'no'}: ${message}`;
  } catch (error) {
    return `no: ${(error as { cause?: { message?: string } }).cause?.message ?? error}`;
  }
}

const approval = (change: Partial<ApprovalPlan>): ApprovalPlan => ({
  before: 'traffic',
  from: [],
  count: 1,
  notInitiator: true,
  onExpiry: 'hold',
  ...change,
});

const gated = (name: string, ...approvals: ApprovalPlan[]): Plan => planFor(name, { mirror: undefined, approvals });
const waiting = (plan: Plan) => harness.until(plan, ({ needsYou }) => needsYou?.gate !== undefined);
const result = (plan: Plan): Promise<RolloutView> => harness.handle(plan).result();

describe('an approval', () => {
  test('is asked for before the first users, and shows who may and what each answer does', async () => {
    const plan = gated('first', approval({ from: ['ann', 'group:platform'] }));
    await harness.offer(offerFor(plan));
    const view = await waiting(plan);
    expect(view).toMatchObject({ state: 'needs-you', route: { canary: 0 } });
    expect(view.needsYou).toMatchObject({
      reason: '1 approval of ann, group:platform is needed before the first users.',
      gate: { name: 'the first users', from: ['ann', 'group:platform'], count: 1, approved: [] },
    });
    expect(await ask(plan, 'resume', {})).toMatch(
      /^no: it is not paused; it asks: 1 approval of .* \(approve or reject it\)$/,
    );
    expect(await ask(plan, 'promote', as('ann'))).toMatch(/^no: it waits for an approval/);
    expect(await ask(plan, 'approve', as('bob'))).toMatch(/^no: bob may not approve the first users; it is for ann/);
    expect(await ask(plan, 'approve', as('group:platform'))).toMatch(/^no: group:platform is the name of a group/);
    expect(await ask(plan, 'approve', as('bob', ['platform']))).toBe('yes: Approved: it goes on to the first users.');
    expect((await result(plan)).outcome?.kind).toBe('promoted');
  });

  test('of two different people, neither of them who delivered the version', async () => {
    const plan = gated('two', approval({ before: 40, count: 2 }));
    await harness.offer(offerFor(plan));
    const view = await waiting(plan);
    expect(view.route.canary).toBe(20);
    expect(await ask(plan, 'approve', as('ci'))).toMatch(/^no: ci delivered this version/);
    expect(await ask(plan, 'approve', as('ann'))).toBe('yes: Approved; 1 more approval needed.');
    expect(await ask(plan, 'approve', as('ann'))).toMatch(/^no: ann has approved it already/);
    expect(await ask(plan, 'approve', as('bob'))).toMatch(/^yes/);
    expect((await result(plan)).outcome?.kind).toBe('promoted');
  });

  test('rejected, or aborted while it waits, goes back', async () => {
    const rejected = gated('rejected', approval({ before: 'promotion' }));
    await harness.offer(offerFor(rejected));
    expect((await waiting(rejected)).route.canary).toBe(100);
    await harness.act(rejected, 'reject', { ...as('ann'), reason: 'not today' });
    expect((await result(rejected)).outcome).toMatchObject({
      kind: 'aborted',
      reason: 'Rejected by ann · cli: not today.',
    });
    expect(world.names()).not.toContain('upgradePrimary 3');
    const aborted = gated('aborted', approval({}));
    await harness.offer(offerFor(aborted));
    await waiting(aborted);
    await harness.act(aborted, 'abort');
    expect((await result(aborted)).outcome?.kind).toBe('aborted');
  });

  test('that expires does what the plan says', async () => {
    const proceeds = gated('proceeds', approval({ expiresMs: 300, onExpiry: 'proceed' }));
    await harness.offer(offerFor(proceeds));
    const view = await result(proceeds);
    expect(view.outcome?.kind).toBe('promoted');
    expect(view.warnings).toContain('Nobody approved the first users within 0s. It went on, as the plan says.');
    const aborts = gated('aborts', approval({ expiresMs: 300, onExpiry: 'abort' }));
    await harness.offer(offerFor(aborts));
    expect((await result(aborts)).outcome).toMatchObject({ kind: 'aborted', reason: expect.stringMatching(/^Nobody/) });
    const holds = gated('holds', approval({ expiresMs: 100 }));
    await harness.offer(offerFor(holds));
    await waiting(holds);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await harness.view(holds)).needsYou?.gate).toBeDefined();
    await harness.act(holds, 'abort');
    await result(holds);
  });

  test('does not blind the guard', async () => {
    const plan = gated('guarded', approval({ before: 40 }));
    await harness.offer(offerFor(plan));
    await waiting(plan);
    world.verdicts = Array(5).fill('fail');
    expect((await result(plan)).outcome).toMatchObject({ kind: 'failed', step: 10 });
  });

  test('before a weight is asked for when somebody jumps over it, never on the way down', async () => {
    const plan = gated('jump', approval({ before: 60 }));
    world.stuck.add('checkInterval live');
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ route }) => route.canary === 20);
    await harness.act(plan, 'promote', as('ann'));
    expect((await waiting(plan)).route.canary).toBe(20);
    world.stuck.clear();
    await harness.act(plan, 'approve', as('ann'));
    expect((await result(plan)).outcome?.kind).toBe('promoted');
  });
});

describe('hours', () => {
  const closed = { open: false as const, untilMs: Date.now() + 3_600_000, reason: 'outside its windows' };
  const hours = (name: string) =>
    planFor(name, { mirror: undefined, freezes: [{ from: '2026-12-20', to: '2027-01-02', zone: 'Europe/Berlin' }] });

  test('are asked for before it starts, before each weight and before the promotion', async () => {
    const plan = hours('asked');
    await harness.offer(offerFor(plan));
    await result(plan);
    expect(world.names().filter((name) => name.startsWith('askWindow'))).toEqual([
      'askWindow start',
      ...Array(5).fill('askWindow forward'),
      'askWindow promote',
    ]);
  });

  test('that are over are waited for, and asked again', async () => {
    world.windows = [{ ...closed, untilMs: Date.now() + 400 }];
    const plan = hours('waited');
    await harness.offer(offerFor(plan));
    const view = await harness.until(plan, (seen) => seen.closed !== undefined);
    expect(view.sentence).toMatch(/^Waiting until 20.*: outside its windows\.$/);
    expect((await result(plan)).outcome?.kind).toBe('promoted');
    expect(world.names().filter((name) => name === 'askWindow start')).toHaveLength(2);
  });

  test('may be opened by a person, which is kept; going back never asks', async () => {
    world.windows = [{ open: true }, closed, closed];
    const plan = hours('opened');
    await harness.offer(offerFor(plan));
    await harness.until(plan, (seen) => seen.closed !== undefined);
    expect(await ask(plan, 'approve', as('ann'))).toBe('yes: It goes on now, outside its hours.');
    await harness.until(plan, (seen) => seen.route.canary === 20 && seen.closed !== undefined);
    await harness.act(plan, 'abort');
    const view = await result(plan);
    expect(view.outcome?.kind).toBe('aborted');
    expect(view.warnings).toContain('Ann · cli let it go on outside its hours.');
  });
});

describe('a pause with a limit', () => {
  const paused = async (onLimit: 'resume' | 'abort') => {
    const plan = planFor(`limit-${onLimit}`, { mirror: undefined, pause: { limitMs: 400, onLimit } });
    world.stuck.add('checkInterval live');
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ route }) => route.canary === 20);
    await harness.act(plan, 'pause');
    world.stuck.clear();
    return result(plan);
  };

  test('is resumed, or aborts', async () => {
    const resumed = await paused('resume');
    expect(resumed.outcome?.kind).toBe('promoted');
    expect(resumed.warnings.join()).toMatch(/^The pause of mo · cli \(unverified\) was longer than 0s/);
    expect((await paused('abort')).outcome).toMatchObject({
      kind: 'aborted',
      reason: expect.stringMatching(/^The pause/),
    });
  });
});
