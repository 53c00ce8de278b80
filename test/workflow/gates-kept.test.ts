import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Action, ActionVerb } from '../../src/contract/action.ts';
import { actionUpdate } from '../../src/contract/messages.ts';
import type { ApprovalPlan, Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

const as = (name: string): Partial<Action> => ({ actor: { name, channel: 'cli', statement: 'good' } });

const approval = (change: Partial<ApprovalPlan>): ApprovalPlan => ({
  before: 40,
  from: [],
  count: 1,
  notInitiator: true,
  onExpiry: 'hold',
  ...change,
});

const everyDay: Plan['windows'] = [
  { for: ['start', 'forward', 'promote'], days: ['mon'], from: '09:00', to: '17:00', zone: 'UTC' },
];
const closed = () => ({ open: false, reason: 'outside its windows', untilMs: Date.now() + 600 }) as const;
const closedForLong = () => ({ ...closed(), untilMs: Date.now() + 3_600_000 });

const gated = (name: string, more: Partial<Plan>): Plan => planFor(name, { mirror: undefined, ...more });
const waiting = (plan: Plan) => harness.until(plan, ({ needsYou }) => needsYou?.gate !== undefined);
const result = (plan: Plan): Promise<RolloutView> => harness.handle(plan).result();
const act = (plan: Plan, verb: ActionVerb, more?: Partial<Action>) => harness.act(plan, verb, more);
const passedTime = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a pause outlasts what it lies over', () => {
  test('an approval that is given meanwhile', async () => {
    const plan = gated('pause-approval', { approvals: [approval({})] });
    await harness.offer(offerFor(plan));
    await waiting(plan);
    await act(plan, 'pause');
    await act(plan, 'approve', as('ann'));
    await passedTime(600);
    expect(await harness.view(plan)).toMatchObject({ state: 'paused', route: { canary: 20 } });
    await act(plan, 'resume');
    expect((await result(plan)).outcome?.kind).toBe('promoted');
  });

  test('hours that begin meanwhile', async () => {
    world.windows = [{ open: true }, { open: true }, closed()];
    const plan = gated('pause-hours', { windows: everyDay });
    await harness.offer(offerFor(plan));
    await harness.until(plan, (seen) => seen.closed !== undefined);
    await act(plan, 'pause');
    await harness.until(plan, (seen) => seen.closed === undefined);
    await passedTime(400);
    expect(await harness.view(plan)).toMatchObject({ state: 'paused', route: { canary: 20 } });
    await act(plan, 'resume');
    expect((await result(plan)).outcome?.kind).toBe('promoted');
  });
});

test('an approval that comes after hours waits for them', async () => {
  const plan = gated('late', { windows: everyDay, approvals: [approval({})] });
  await harness.offer(offerFor(plan));
  await waiting(plan);
  world.windows = [closedForLong()];
  await act(plan, 'approve', as('ann'));
  const view = await harness.until(plan, (seen) => seen.closed !== undefined);
  expect(view.route.canary).toBe(20);
  await act(plan, 'approve', as('ann'));
  expect((await result(plan)).outcome?.kind).toBe('promoted');
});

test('a check that cannot be made asks nobody: users go back at the limit, and the next step is proven anew', async () => {
  const plan = gated('unreadable', { approvals: [approval({})] });
  await harness.offer(offerFor(plan));
  await waiting(plan);
  world.refused.add('checkInterval');
  const { questions, failures } = await harness.until(plan, ({ route }) => route.canary === 0);
  expect([questions.length, failures.count]).toEqual([1, 0]);
  const said = await harness.until(
    plan,
    ({ needsYou }) => needsYou?.reason.includes('Users are on the primary') === true,
  );
  expect(said.needsYou?.reason).toContain('the check could not be made: checkInterval is denied');
  world.refused.clear();
  await act(plan, 'approve', as('ann'));
  expect((await result(plan)).outcome?.kind).toBe('promoted');
  expect(sinceReturn(4)).toEqual(['route 100/0', 'route 80/20', 'checkInterval live', 'scaleCanary 2']);
});

test('an approval of the promotion does not promote what was lost meanwhile: 100 % is passed again first', async () => {
  const plan = gated('night', {
    approvals: [approval({ before: 'promotion' })],
    shift: { weights: [100], everyMs: 20 },
  });
  await harness.offer(offerFor(plan));
  await waiting(plan);
  world.verdicts = ['canaryLost', 'fail'];
  await harness.until(plan, ({ needsYou }) => needsYou?.reason.includes('Users are on the primary') === true);
  await act(plan, 'approve', as('ann'));
  expect((await result(plan)).outcome?.kind).toBe('promoted');
  const proven = ['route 0/100', 'checkInterval live', 'checkInterval live', 'upgradePrimary 3'];
  expect(sinceReturn(5)).toEqual(['route 100/0', ...proven]);
});

/** What was done from the moment when users were taken back. */
function sinceReturn(steps: number): string[] {
  const names = world.names().filter((name) => !name.startsWith('awaitChange'));
  const back = names.indexOf('route 100/0');
  return names.slice(back, back + steps);
}

test('what a wait adds by noise is taken back by the next pass, in whichever slice', async () => {
  const plan = gated('noise', { approvals: [approval({})] });
  await harness.offer(offerFor(plan));
  await waiting(plan);
  const noise = (verdict: 'fail' | 'noAnswer', times: number) => Array(times).fill([verdict, 'pass']).flat();
  world.verdicts = [...noise('fail', 6), ...noise('noAnswer', 4)];
  await expect.poll(() => world.verdicts, { timeout: 90_000 }).toEqual([]);
  await act(plan, 'approve', as('ann'));
  const view = await result(plan);
  expect(view.outcome?.kind).toBe('promoted');
  expect(view.failures.count).toBeLessThan(2);
});

describe('while users cannot be taken back from a lost canary', () => {
  /** Something is waited for at 20 %, and the write that would take users back is refused. */
  async function stuck(plan: Plan): Promise<void> {
    world.refused.add('route');
    world.verdicts = ['canaryLost'];
    world.stuck.clear();
    await expect.poll(() => world.names(), { timeout: 20_000 }).toContain('awaitChange again route');
    expect((await harness.view(plan)).route.canary).toBe(20);
  }

  async function freed(plan: Plan, afterMs: number): Promise<RolloutView> {
    await passedTime(afterMs);
    world.refused.clear();
    const view = await result(plan);
    expect(world.route).toMatchObject({ primary: 100, canary: 0 });
    return view;
  }

  test('an approval can be rejected, and expires', async () => {
    for (const onExpiry of ['hold', 'abort'] as const) {
      const plan = gated(`approval-${onExpiry}`, { approvals: [approval({ expiresMs: 6_000, onExpiry })] });
      await harness.offer(offerFor(plan));
      await waiting(plan);
      await stuck(plan);
      if (onExpiry === 'hold') await act(plan, 'reject', as('ann'));
      const { outcome } = await freed(plan, onExpiry === 'hold' ? 0 : 6_000);
      expect(outcome?.kind).toBe('aborted');
      expect(outcome?.reason).toMatch(
        onExpiry === 'hold' ? /^Rejected by ann · cli/ : /^Nobody approved 40 % of the users/,
      );
    }
  });

  test('a pause has its limit', async () => {
    const plan = gated('pause-under', { pause: { limitMs: 6_000, onLimit: 'abort' } });
    world.stuck.add('checkInterval live');
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ route }) => route.canary === 20);
    await act(plan, 'pause');
    await stuck(plan);
    const { outcome } = await freed(plan, 6_000);
    expect(outcome).toMatchObject({ kind: 'aborted', reason: expect.stringMatching(/^The pause of mo · cli/) });
  });
});

test('the same action twice at once is one approval', async () => {
  const plan = gated('one-id', { approvals: [approval({ count: 2 })] });
  await harness.offer(offerFor(plan));
  await waiting(plan);
  const action: Action = { id: randomUUID(), verb: 'approve', ...(as('ann') as Pick<Action, 'actor'>) };
  const send = () => harness.handle(plan).executeUpdate(actionUpdate, { args: [action] });
  world.slowProof = 300;
  expect(await Promise.all([send(), send()])).toEqual(
    Array(2).fill({ accepted: true, message: 'Approved; 1 more approval needed.' }),
  );
  const view = await harness.view(plan);
  expect(view.needsYou?.gate?.approved).toEqual(['ann']);
  expect(view.actions.filter(({ verb }) => verb === 'approve')).toHaveLength(1);
  await act(plan, 'abort');
  await result(plan);
});

test('an abort leaves nothing that is waited for', async () => {
  world.windows = [{ open: true }, { open: true }, closedForLong()];
  const plan = gated('left', { windows: everyDay });
  await harness.offer(offerFor(plan));
  await harness.until(plan, (seen) => seen.closed !== undefined);
  await act(plan, 'abort');
  expect((await result(plan)).closed).toBeUndefined();
});

test('who promotes while hours keep the mirror back gets no mirror', async () => {
  world.windows = [{ open: true }, closed()];
  const plan = planFor('no-mirror', { windows: everyDay });
  await harness.offer(offerFor(plan));
  await harness.until(plan, (seen) => seen.closed !== undefined);
  await act(plan, 'promote', as('ann'));
  expect((await result(plan)).outcome?.kind).toBe('promoted');
  expect(world.names().filter((name) => /^route .* mirror/.test(name))).toEqual([]);
});
