import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
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

test('resume of a hold that lies over an approval does not answer the approval', async () => {
  const plan = gated('hold-over', { approvals: [approval({})] });
  await harness.offer(offerFor(plan));
  await waiting(plan);
  world.failures.set('checkInterval', [ApplicationFailure.nonRetryable('the metrics cannot be read')]);
  await harness.until(plan, ({ needsYou }) => needsYou !== undefined && needsYou.gate === undefined);
  await act(plan, 'resume');
  const view = await harness.until(plan, (seen) => seen.needsYou?.gate !== undefined || seen.route.canary === 40);
  expect(view.warnings.join()).not.toMatch(/Nobody approved/);
  expect(world.names()).not.toContain('route 60/40');
  await act(plan, 'approve', as('ann'));
  expect((await result(plan)).outcome?.kind).toBe('promoted');
});

describe('while the checks ask something else', () => {
  /** A limit that also on a busy machine is not over before the checks have asked. */
  const LONGER_MS = 6_000;
  const UNREADABLE = 'check success rate and duration at 20 %: the metrics cannot be read';

  /** Waits for an approval, and then for somebody to look at the metrics. */
  async function askedTwice(name: string, more: Partial<Plan>): Promise<Plan> {
    const plan = gated(name, more);
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ route, needsYou }) => route.canary === 20 && needsYou?.gate !== undefined);
    world.failures.set('checkInterval', [ApplicationFailure.nonRetryable('the metrics cannot be read')]);
    await harness.until(plan, ({ needsYou }) => needsYou?.reason === UNREADABLE);
    return plan;
  }

  test('an approval can be rejected, and is told what comes first', async () => {
    const plan = await askedTwice('reject-under', { approvals: [approval({})] });
    await expect(act(plan, 'approve', as('ann'))).rejects.toMatchObject({
      cause: { message: `something else needs an answer first: ${UNREADABLE}` },
    });
    expect((await act(plan, 'reject', as('ann'))).accepted).toBe(true);
    expect((await result(plan)).outcome).toMatchObject({ kind: 'aborted', reason: 'Rejected by ann · cli.' });
  });

  test('an approval still expires', async () => {
    const plan = await askedTwice('expires-under', {
      approvals: [approval({ expiresMs: LONGER_MS, onExpiry: 'abort' })],
    });
    expect((await result(plan)).outcome).toMatchObject({
      kind: 'aborted',
      reason: expect.stringMatching(/^Nobody approved 40 % of the users within/),
    });
    expect(world.route).toMatchObject({ primary: 100, canary: 0 });
  });

  test('a pause still has its limit', async () => {
    const plan = gated('pause-under', { pause: { limitMs: LONGER_MS, onLimit: 'abort' } });
    world.stuck.add('checkInterval live');
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ route }) => route.canary === 20);
    await act(plan, 'pause');
    world.failures.set('checkInterval', [ApplicationFailure.nonRetryable('the metrics cannot be read')]);
    world.stuck.clear();
    await harness.until(plan, ({ needsYou }) => needsYou !== undefined);
    expect((await result(plan)).outcome).toMatchObject({
      kind: 'aborted',
      reason: expect.stringMatching(/^The pause of mo · cli \(unverified\) was longer than/),
    });
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
