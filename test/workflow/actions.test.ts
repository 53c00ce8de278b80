import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Action, ActionVerb } from '../../src/contract/action.ts';
import { rolloutWorkflowId } from '../../src/contract/ids.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

/** Somebody whose statement the worker can verify. */
const proven = (name = 'mo', more: Partial<Action> = {}): Partial<Action> => ({
  actor: { name, channel: 'cli', statement: 'good' },
  ...more,
});

async function refusalOf(plan: Plan, verb: ActionVerb, more: Partial<Action> = proven()): Promise<string> {
  try {
    const answer = await harness.act(plan, verb, more);
    return answer.accepted ? 'accepted' : answer.message;
  } catch (error) {
    return String((error as { cause?: { message?: string } }).cause?.message ?? error);
  }
}

async function atWeight(plan: Plan, weight = 20): Promise<void> {
  world.stuck.add('checkInterval live');
  await harness.offer(offerFor(plan));
  await harness.until(plan, ({ route }) => route.canary === weight);
}

const result = (plan: Plan): Promise<RolloutView> => harness.handle(plan).result();
const routes = () => world.names().filter((name) => name.startsWith('route '));

describe('promote', () => {
  test('skips what is left of the mirror and all weights, never readiness', async () => {
    world.stuck.add('checkInterval mirror');
    const plan = planFor('promote-mirror');
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ route }) => route.mirror === 100);
    expect(await harness.act(plan, 'promote', proven())).toMatchObject({ accepted: true });
    const view = await result(plan);
    expect(view.outcome?.kind).toBe('promoted');
    expect(routes()).toEqual(['route 100/0 mirror 100', 'route 100/0', 'route 0/100', 'route 100/0']);
    const names = world.names();
    expect(names.indexOf('awaitReady canary 3')).toBeLessThan(names.indexOf('route 0/100'));
    expect(view.steps.find(({ name }) => name === 'shift')?.note).toBe('the rest skipped');
    expect(view.actions[0]).toMatchObject({ verb: 'promote', by: 'mo · cli', verified: 'verified' });
  });

  test('from 20 % goes to 100 %; a second one is told', async () => {
    const plan = planFor('promote-20', { mirror: undefined });
    await atWeight(plan);
    const answers = await Promise.all([refusalOf(plan, 'promote'), refusalOf(plan, 'promote', proven('ann'))]);
    expect(answers.toSorted()).toEqual([
      expect.stringMatching(/somebody has asked to promote it already/i),
      'accepted',
    ]);
    world.stuck.clear();
    expect((await result(plan)).outcome?.kind).toBe('promoted');
    expect(routes()).toEqual(['route 80/20', 'route 0/100', 'route 100/0']);
  });

  test('is refused before the canary is tested, and once the primary is upgraded', async () => {
    world.stuck.add('runLoad');
    const plan = planFor('promote-early');
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('runLoad');
    expect(await refusalOf(plan, 'promote')).toMatch(/too early: the canary is not tested yet/);
    world.stuck.add('upgradePrimary');
    world.stuck.delete('runLoad');
    await expect.poll(() => world.names(), { timeout: 15_000 }).toContain('upgradePrimary 3');
    expect(await refusalOf(plan, 'promote')).toMatch(/too late: the primary is being upgraded/);
    world.stuck.clear();
    await result(plan);
  });

  test('is what an abort outranks', async () => {
    const plan = planFor('promote-abort', { mirror: undefined });
    await atWeight(plan);
    await Promise.all([harness.act(plan, 'abort'), refusalOf(plan, 'promote')]);
    expect((await result(plan)).outcome?.kind).toBe('aborted');
    expect(world.route).toMatchObject({ primary: 100, canary: 0 });
  });
});

describe('set-weight', () => {
  test('goes up and down, each with its interval, and on to the next planned weight', async () => {
    const plan = planFor('set-weight', { mirror: undefined });
    await atWeight(plan, 20);
    expect(await harness.act(plan, 'set-weight', proven('mo', { weight: 50 }))).toMatchObject({
      accepted: true,
      message: expect.stringContaining('after its interval comes 60 %'),
    });
    await harness.until(plan, ({ route }) => route.canary === 50);
    await harness.act(plan, 'set-weight', proven('mo', { weight: 5 }));
    await harness.until(plan, ({ route }) => route.canary === 5);
    world.stuck.clear();
    expect((await result(plan)).outcome?.kind).toBe('promoted');
    expect(routes()).toEqual([
      'route 80/20',
      'route 50/50',
      'route 95/5',
      'route 80/20',
      'route 60/40',
      'route 40/60',
      'route 20/80',
      'route 0/100',
      'route 100/0',
    ]);
  });

  test('where users are not split by percent, is refused for what cannot be had', async () => {
    const pods = planFor('set-pods', { mirror: undefined });
    pods.traffic.mode = 'pods';
    await atWeight(pods, 20);
    expect(await refusalOf(pods, 'set-weight', proven('mo', { weight: 5 }))).toMatch(
      /^5 % cannot be had beside \d+ primary pods?: the next share is \d+ %, with \d+ canary pods?, which never get fewer$/,
    );
    await harness.act(pods, 'abort');
    expect((await result(pods)).outcome?.kind).toBe('aborted');
    const switched = planFor('set-switch', { mirror: undefined, shift: { weights: [100], everyMs: 20 } });
    switched.traffic.mode = 'switch';
    await atWeight(switched, 100);
    expect(await refusalOf(switched, 'set-weight', proven('mo', { weight: 50 }))).toMatch(/switched at once/);
    await harness.act(switched, 'abort');
    expect((await result(switched)).outcome?.kind).toBe('aborted');
    const canaries = routes().map((one) => Number(one.split('/')[1]));
    expect(canaries).toEqual([20, 0, 100, 0]);
  });

  test('is refused for what is no weight, in the mirror, and where it is already', async () => {
    const plan = planFor('set-wrong', { mirror: undefined });
    await atWeight(plan);
    for (const weight of [0, 101, 33.3, undefined])
      expect(await refusalOf(plan, 'set-weight', proven('mo', { weight }))).toMatch(
        /write a whole number from 1 to 100/,
      );
    expect(await refusalOf(plan, 'set-weight', proven('mo', { weight: 20 }))).toMatch(/has 20 % already/);
    world.stuck.add('checkInterval mirror');
    const mirror = planFor('set-mirror');
    await harness.offer(offerFor(mirror));
    await harness.until(mirror, ({ route }) => route.mirror === 100);
    expect(await refusalOf(mirror, 'set-weight', proven('mo', { weight: 20 }))).toMatch(/no user is on the canary yet/);
    await Promise.all([plan, mirror].map((one) => harness.act(one, 'abort')));
    await Promise.all([plan, mirror].map(result));
  });
});

describe('who asks', () => {
  test('must be proven for everything but pause and abort', async () => {
    const plan = planFor('proof', { mirror: undefined });
    await atWeight(plan);
    for (const verb of [
      'resume',
      'promote',
      'approve',
      'reject',
      'retry',
      'answer',
      'acknowledge',
      'set-weight',
    ] as const)
      expect(await refusalOf(plan, verb, { actor: { name: 'mo', channel: 'cli' } })).toMatch(
        /needs a proof of who asks/,
      );
    const forged = { actor: { name: 'mo', channel: 'cli', statement: 'forged' } };
    expect(await refusalOf(plan, 'promote', forged)).toMatch(/^Promote is refused: the statement is not good\.$/);
    expect(routes()).toEqual(['route 80/20']);
    await harness.act(plan, 'abort');
    const view = await result(plan);
    expect(view.actions.map(({ verb, verified }) => [verb, verified])).toEqual([
      ['promote', 'unverified'],
      ['abort', 'unverified'],
    ]);
  });

  test('the same action twice has one effect', async () => {
    const plan = planFor('twice', { mirror: undefined });
    await atWeight(plan);
    const more = proven('mo', { id: randomUUID(), weight: 50 });
    const first = await harness.act(plan, 'set-weight', more);
    await harness.until(plan, ({ route }) => route.canary === 50);
    expect(await harness.act(plan, 'set-weight', more)).toEqual(first);
    await harness.act(plan, 'abort');
    expect((await result(plan)).actions.filter(({ verb }) => verb === 'set-weight')).toHaveLength(1);
  });
});

test('retry tries again what needs somebody, and nothing else', async () => {
  world.drift = ['anna changed it'];
  const plan = planFor('retry', { mirror: undefined });
  await harness.offer(offerFor(plan));
  await harness.until(plan, ({ state }) => state === 'needs-you');
  expect(await harness.act(plan, 'retry', proven())).toEqual({
    accepted: true,
    message: 'Writes primary 100 %, canary 0 % over it.',
  });
  world.stuck.add('checkInterval live');
  await harness.until(plan, ({ route, state }) => route.canary > 0 && state === 'running');
  expect(await refusalOf(plan, 'retry')).toMatch(/it does not wait for anybody/);
  world.stuck.clear();
  expect((await result(plan)).outcome?.kind).toBe('promoted');
  expect(rolloutWorkflowId('a', 'b', 'c')).toBe('rollout/a/b/c');
});
