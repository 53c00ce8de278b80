import { describe, expect, test } from 'vitest';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

describe('pause', () => {
  test('nothing advances, the checks go on, and resume starts the interval over', async () => {
    const plan = planFor('paused', { shift: { weights: [20, 100], everyMs: 500 } });
    await harness.offer(offerFor(plan));
    await harness.until(plan, (view) => view.route.canary === 20);
    const answer = await harness.act(plan, 'pause', { reason: 'lunch' });
    expect(answer.accepted).toBe(true);
    const before = count('checkInterval live');
    await expect.poll(() => count('checkInterval live'), { timeout: 10_000 }).toBeGreaterThan(before + 2);
    const paused = await harness.view(plan);
    expect(paused.state).toBe('paused');
    expect(paused.paused).toMatchObject({ by: 'mo · cli (unverified)', reason: 'lunch' });
    expect(paused.route.canary).toBe(20);
    await harness.act(plan, 'resume');
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('promoted');
    expect(view.actions.map(({ verb }) => verb)).toEqual(['pause', 'resume']);
  });

  test('the guard aborts a paused rollout at the failure threshold', async () => {
    const plan = planFor('paused-bad', { mirror: undefined });
    world.verdicts = Array(5).fill('fail');
    world.stuck.add('checkInterval live');
    await harness.offer(offerFor(plan));
    await harness.until(plan, (view) => view.route.canary === 20);
    await harness.act(plan, 'pause');
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome).toMatchObject({ kind: 'failed', step: 10 });
    expect(world.names()).not.toContain('route 60/40');
  });

  test('a canary lost while paused: users leave at once, and after resume they come back only to ready pods', async () => {
    world.stuck.add('checkInterval live');
    const plan = planFor('paused-lost', { mirror: undefined });
    await harness.offer(offerFor(plan));
    await harness.until(plan, (view) => view.route.canary === 20);
    await harness.act(plan, 'pause');
    world.verdicts = ['canaryLost'];
    world.canaryReady = 0;
    world.stuck.clear();
    world.stuck.add('awaitReady canary 1');
    const left = await harness.until(plan, (view) => view.route.canary === 0);
    expect(left.state).toBe('paused');
    await harness.act(plan, 'resume');
    await expect.poll(() => count('awaitReady canary 1'), { timeout: 20_000 }).toBe(2);
    expect(world.route.canary).toBe(0);
    world.canaryReady = 3;
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('promoted');
    const names = world.names();
    const back = names.indexOf('route 100/0');
    expect(names.slice(back, back + 5)).toEqual([
      'route 100/0',
      'route 80/20',
      'awaitReady canary 1',
      'route 80/20',
      'checkInterval live',
    ]);
  });

  test('abort wins over a pause', async () => {
    world.stuck.add('runLoad');
    const plan = planFor('paused-abort');
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('runLoad');
    await harness.act(plan, 'pause');
    world.stuck.clear();
    await harness.act(plan, 'abort');
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('aborted');
  });

  test('a second pause, and a resume of what runs, are refused with who did what', async () => {
    world.stuck.add('runLoad');
    const plan = planFor('twice-paused');
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('runLoad');
    await refused(harness.act(plan, 'resume'), 'it is not paused');
    await harness.act(plan, 'pause');
    await refused(harness.act(plan, 'pause'), 'mo · cli (unverified) paused it');
    world.stuck.clear();
    await harness.act(plan, 'abort');
    await harness.handle(plan).result();
  });
});

describe('actions', () => {
  test('the same action id has its effect once; a stale target is refused; statements are verified', async () => {
    world.stuck.add('runLoad');
    const plan = planFor('actions');
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('runLoad');
    await refused(harness.act(plan, 'abort', { rollout: 'actions-0' }), 'meant for actions-0, but actions-1 runs');
    await refused(harness.act(plan, 'abort', { revision: 'other' }), 'meant for revision other');
    await refused(harness.act(plan, 'pause', { step: 'mirror' }), 'does not run any more');
    const statement = { actor: { name: 'mo', channel: 'cli', statement: 'good' } };
    await harness.act(plan, 'pause', { id: 'a-1', ...statement });
    await harness.act(plan, 'pause', { id: 'a-1', ...statement });
    const forged = await harness.act(plan, 'resume', {
      id: 'a-2',
      actor: { name: 'eve', channel: 'api', statement: 'forged' },
    });
    expect(forged.accepted).toBe(false);
    const { actions, paused } = await harness.view(plan);
    expect(actions.map(({ id, by, verified }) => [id, by, verified])).toEqual([
      ['a-1', 'mo · cli', 'verified'],
      ['a-2', 'eve · api (unverified)', 'unverified'],
    ]);
    expect(paused?.by).toBe('mo · cli');
    world.stuck.clear();
    await harness.act(plan, 'abort');
    await harness.handle(plan).result();
  });
});

describe('a newer offer', () => {
  test('supersedes: users go back first, then the newer one runs in a run of its own', async () => {
    world.stuck.add('checkInterval live');
    const plan = planFor('newer');
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('checkInterval live');
    const answer = await harness.offer(offerFor(plan, 'reviews:v3'));
    expect(answer).toMatchObject({ status: 'superseding', running: 'newer-1' });
    expect(answer.rollout).toBeUndefined();
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view).toMatchObject({ rollout: 'newer-2', outcome: { kind: 'promoted' } });
    expect(world.notices.map(({ view: told }) => told.outcome?.kind)).toEqual(['superseded', 'promoted']);
    const second = world.names().lastIndexOf('detect');
    expect(world.names().slice(second - 2, second)).toEqual(['observeAway', 'scaleCanaryToZero']);
  });

  test('that is an old one, tried again after its rollout was superseded, is a duplicate and disturbs nothing', async () => {
    world.stuck.add('checkInterval mirror');
    const plan = planFor('stale', { onNewRevision: 'supersede' });
    const old = offerFor(plan);
    await harness.offer(old);
    await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('checkInterval mirror');
    await harness.offer(offerFor(plan, 'reviews:v3'));
    await harness.until(plan, (view) => view.rollout === 'stale-2');
    const again = await harness.offer(old);
    expect(again).toMatchObject({ status: 'duplicate', running: 'stale-2' });
    expect(again.rollout).toBeUndefined();
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view).toMatchObject({ rollout: 'stale-2', outcome: { kind: 'promoted' } });
  });

  test('waits for a primary that is being upgraded', async () => {
    world.stuck.add('awaitReady primary 3');
    const plan = planFor('late-newer');
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 20_000 }).toContain('awaitReady primary 3');
    expect(await harness.offer(offerFor(plan, 'reviews:v3'))).toMatchObject({ status: 'queued' });
    world.stuck.clear();
    await harness.handle(plan).result();
    expect(world.notices.map(({ view }) => [view.rollout, view.outcome?.kind])).toEqual([
      ['late-newer-1', 'promoted'],
      ['late-newer-2', 'promoted'],
    ]);
  });

  test('is refused or queued when the plan says so, and is unchanged when it is what runs', async () => {
    world.stuck.add('runLoad');
    const plan = planFor('policy', { onNewRevision: 'reject' });
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('runLoad');
    expect(await harness.offer(offerFor(plan, 'reviews:v2'))).toMatchObject({ status: 'unchanged' });
    expect(await harness.offer(offerFor(plan, 'reviews:v3'))).toMatchObject({ status: 'rejected' });
    world.stuck.clear();
    await harness.act(plan, 'abort');
    await harness.handle(plan).result();
  });

  test("does not start behind a person's abort until somebody says so", async () => {
    world.stuck.add('runLoad');
    const plan = planFor('held', { onNewRevision: 'queue' });
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('runLoad');
    expect(await harness.offer(offerFor(plan, 'reviews:v3'))).toMatchObject({ status: 'queued' });
    world.stuck.clear();
    await harness.act(plan, 'abort');
    const held = await harness.until(plan, (view) => view.needsYou !== undefined);
    expect(held.needsYou).toMatchObject({ kind: 'queue', reason: expect.stringContaining('reviews:v3') });
    await refused(harness.act(plan, 'resume'), 'with start or drop');
    await harness.answer(plan, 'start');
    const view: RolloutView = await harness.handle(plan).result();
    expect(view).toMatchObject({ rollout: 'held-2', outcome: { kind: 'promoted' } });
  });
});

function count(name: string): number {
  return world.names().filter((other) => other === name).length;
}

async function refused(asked: Promise<unknown>, reason: string): Promise<void> {
  await expect(asked).rejects.toMatchObject({ cause: { message: expect.stringContaining(reason) } });
}
