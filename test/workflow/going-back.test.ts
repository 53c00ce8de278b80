import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

/** What an abort may do, in order. */
const WAY_BACK = ['raiseFence primary', 'route 100/0', 'restorePrimary', 'observeAway', 'scaleCanaryToZero'];

describe('automatic', () => {
  test('failed acceptance ends at step 6, before any traffic', async () => {
    world.acceptancePasses = false;
    const view = await ended(planFor('acceptance'));
    expect(view.outcome).toMatchObject({ kind: 'failed', step: 6 });
    expect(world.names().filter((name) => name.startsWith('route'))).toEqual([]);
    expect(world.names().at(-1)).toBe('scaleCanaryToZero');
    expect(world.names()).not.toContain('observeAway');
  });

  test('a failed load test ends at step 7', async () => {
    world.loadPasses = false;
    const view = await ended(planFor('load'));
    expect(view.outcome).toMatchObject({ kind: 'failed', step: 7 });
  });

  test('a canary that is not ready in time ends at step 4 with the reason of the pods', async () => {
    world.ready.set('canary', [{ ready: false, replicas: 0, sentence: 'reviews-v2-x: ImagePullBackOff' }]);
    const view = await ended(planFor('unready'));
    expect(view.outcome).toMatchObject({ kind: 'failed', step: 4 });
    expect(view.outcome?.reason).toContain('ImagePullBackOff');
  });

  test('the failure threshold in the mirror ends at step 10, mirror off first', async () => {
    world.verdicts = ['fail', 'pass', 'fail', 'fail', 'fail', 'fail'];
    const view = await ended(planFor('mirror-fails'));
    expect(view.outcome).toMatchObject({ kind: 'failed', step: 10 });
    expect(view.failures.count).toBe(5);
    const back = world.names().lastIndexOf('checkInterval mirror');
    expect(world.names().slice(back + 1)).toEqual(['route 100/0', 'observeAway', 'scaleCanaryToZero']);
    expect(world.notices.at(-1)?.view.outcome?.kind).toBe('failed');
  });

  test('four failing intervals at weight 20 keep the weight, a fifth passes and it grows', async () => {
    world.verdicts = ['pass', 'pass', 'pass', 'fail', 'fail', 'fail', 'fail'];
    const view = await ended(planFor('four-fail'));
    expect(view.outcome?.kind).toBe('promoted');
    expect(view.failures.count).toBe(4);
    const start = world.names().indexOf('route 80/20');
    expect(world.names().slice(start, start + 7)).toEqual([
      'route 80/20',
      ...Array(5).fill('checkInterval live'),
      'route 60/40',
    ]);
  });

  test('no answer never advances and never fails; at the limit users leave and a person is asked', async () => {
    world.verdicts = ['pass', 'pass', 'pass', 'noAnswer', 'noAnswer', 'noAnswer'];
    const plan = planFor('no-answer');
    await harness.offer(offerFor(plan));
    const held = await harness.until(plan, (view) => view.state === 'needs-you');
    expect(held.failures.count).toBe(0);
    expect(held.route).toEqual({ primary: 100, canary: 0, mirror: 0 });
    expect(world.route).toEqual(held.route);
    await harness.answer(plan);
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('promoted');
    const names = world.names();
    const back = names.indexOf('route 100/0', names.indexOf('route 80/20'));
    expect(names.slice(back, back + 3)).toEqual(['route 100/0', 'route 80/20', 'checkInterval live']);
  });

  test('a canary lost under users: users first, then a person is asked', async () => {
    world.verdicts = ['pass', 'pass', 'pass', 'pass', 'canaryLost'];
    const plan = planFor('lost');
    await harness.offer(offerFor(plan));
    const held = await harness.until(plan, (view) => view.state === 'needs-you');
    const names = world.names().filter((name) => !name.startsWith('awaitChange'));
    expect(names.slice(-3)).toEqual(['route 60/40', 'checkInterval live', 'route 100/0']);
    expect(held.needsYou?.reason).toContain('Users are on the primary');
    await harness.act(plan, 'abort', { reason: 'enough' });
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome).toMatchObject({ kind: 'aborted' });
    expect(world.names().at(-1)).toBe('scaleCanaryToZero');
  });

  test('a primary that does not come up holds with users on the canary; an abort restores it first, and needs nobody', async () => {
    world.ready.set('primary', [{ ready: false, replicas: 2, sentence: 'crash loop' }]);
    world.growsTo = 2;
    const plan = planFor('stuck-primary');
    await harness.offer(offerFor(plan));
    const held = await harness.until(plan, (view) => view.state === 'needs-you');
    expect(held.route.canary).toBe(100);
    await harness.act(plan, 'abort');
    const asked = await harness.until(plan, ({ needsYou }) => needsYou?.reason.startsWith('The primary has') === true);
    expect(asked).toMatchObject({ route: { canary: 100 }, needsYou: { kind: 'primary', object: 'primary' } });
    expect(world).toMatchObject({ primary: 'old', route: { canary: 100 } });
    world.primaryReady = 3;
    const view: RolloutView = await harness.handle(plan).result();
    expect(view).toMatchObject({ outcome: { kind: 'aborted', step: 14 }, actions: [{ verb: 'abort' }] });
    expect(world.notices.map(({ topic }) => topic)).toEqual(['needs-you', 'needs-you', 'ended']);
    expect(world.route.canary).toBe(0);
  });

  test('checks that fail while the primary is upgraded send users away, whatever becomes of the primary', async () => {
    world.verdicts = [...Array(8).fill('pass'), ...Array(5).fill('fail')];
    for (const name of ['awaitReady primary 3', 'restorePrimary']) world.stuck.add(name);
    const plan = planFor('guard');
    await harness.offer(offerFor(plan));
    await reached('upgradePrimary 3');
    await expect.poll(() => world.route.canary, { timeout: 20_000 }).toBe(0);
    expect(world.primary).toBe('new');
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome).toMatchObject({ kind: 'failed', step: 10 });
    expect(world.primary).toBe('old');
  });
});

describe('by a person', () => {
  const places = [
    'detect',
    'scaleCanary 1',
    'awaitReady canary 1',
    'runAcceptance',
    'runLoad',
    'route 100/0 mirror 100',
    'checkInterval mirror',
    'route 60/40',
    'checkInterval live',
    'upgradePrimary 3',
    'awaitReady primary 3',
  ];
  test.each(places)('abort during %s ends safe, in order', async (place) => {
    world.stuck.add(place);
    const plan = planFor('abort');
    const offered = harness.offer(offerFor(plan));
    await reached(place);
    const at = world.names().length;
    const answer = await harness.act(plan, 'abort', { reason: 'looks wrong' });
    world.stuck.clear();
    expect(answer.accepted).toBe(true);
    const view: RolloutView = await harness.handle(plan).result();
    await offered;
    expect(view.outcome).toMatchObject({ kind: 'aborted', reason: 'Aborted by mo · cli (unverified): looks wrong.' });
    expect(view.route).toEqual({ primary: 100, canary: 0, mirror: 0 });
    const after = world
      .names()
      .slice(at)
      .filter((name) => WAY_BACK.includes(name));
    expect(after).toEqual([...after].sort((a, b) => order(a) - order(b)));
    expect(world.primary).toBe('old');
  });

  test('a late upgrade that came before the fence is undone before users return', async () => {
    for (const name of ['upgradePrimary 3', 'raiseFence primary']) world.stuck.add(name);
    const plan = planFor('late-upgrade');
    await harness.offer(offerFor(plan));
    await reached('upgradePrimary 3');
    await harness.act(plan, 'abort');
    await reached('raiseFence primary');
    world.primary = 'new';
    world.stuck.clear();
    await harness.handle(plan).result();
    const names = world.names();
    expect(names.lastIndexOf('route 100/0')).toBeGreaterThan(names.indexOf('restorePrimary'));
    expect(world.primary).toBe('old');
  });

  test('a second abort and a pause while going back are refused with what happens', async () => {
    world.stuck.add('checkInterval mirror');
    world.stuck.add('observeAway');
    const plan = planFor('second');
    await harness.offer(offerFor(plan));
    await reached('checkInterval mirror');
    await harness.act(plan, 'abort');
    await reached('observeAway');
    await expect(harness.act(plan, 'abort')).rejects.toMatchObject({
      cause: { message: expect.stringContaining('going back already') },
    });
    await expect(harness.act(plan, 'pause')).rejects.toMatchObject({
      cause: { message: expect.stringContaining('going back already') },
    });
    world.stuck.clear();
    await harness.handle(plan).result();
  });

  test('an abort by signal, with nothing but the Temporal CLI', async () => {
    world.stuck.add('checkInterval live');
    const plan = planFor('signalled');
    await harness.offer(offerFor(plan));
    await reached('checkInterval live');
    await harness.handle(plan).signal('abort', 'pager');
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.reason).toBe('Aborted by temporal (unverified): pager.');
  });

  test('an abort after users are back on the upgraded primary is refused', async () => {
    world.stuck.add('observeAway');
    const plan = planFor('late');
    await harness.offer(offerFor(plan));
    await reached('observeAway');
    await expect(harness.act(plan, 'abort')).rejects.toMatchObject({
      cause: { message: expect.stringContaining('deliver the previous one') },
    });
    world.stuck.clear();
    expect(((await harness.handle(plan).result()) as RolloutView).outcome?.kind).toBe('promoted');
  });

  test('a write that fails for good asks a person; retry does it again', async () => {
    world.failures.set('scaleCanary', [
      ApplicationFailure.nonRetryable('patch Deployment demo/reviews-v2: quota exceeded'),
    ]);
    const plan = planFor('quota');
    await harness.offer(offerFor(plan));
    const held = await harness.until(plan, (view) => view.state === 'needs-you');
    expect(held.needsYou?.reason).toContain('quota exceeded');
    await harness.answer(plan);
    expect(((await harness.handle(plan).result()) as RolloutView).outcome?.kind).toBe('promoted');
  });

  test.each([
    ['retry', 1, ['observeAway', 'observeAway', 'scaleCanaryToZero']],
    ['scale-down', 9, ['boundAutoscaler primary 2-10', 'observeAway', 'scaleCanaryToZero']],
    ['leave-it', 9, ['route 100/0', 'boundAutoscaler primary 2-10', 'observeAway']],
  ] as const)('traffic still seen at the canary keeps it running and asks: %s', async (answer, looks, last) => {
    world.observation = Array(looks).fill({ kind: 'stillRouted', sentence: '12 requests a second still reach it.' });
    const plan = planFor('still-routed');
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ needsYou }) => needsYou?.kind === 'routed');
    expect(world.names()).not.toContain('scaleCanaryToZero');
    await harness.answer(plan, answer);
    expect(((await harness.handle(plan).result()) as RolloutView).outcome?.kind).toBe('promoted');
    // a slice of the guard may begin while it is being ended
    const names = world.names().filter((name) => name !== 'checkInterval live');
    expect(names.slice(-3)).toEqual(last);
  });
});

async function ended(plan: ReturnType<typeof planFor>): Promise<RolloutView> {
  await harness.offer(offerFor(plan));
  return harness.handle(plan).result();
}

async function reached(call: string): Promise<void> {
  for (let tries = 0; tries < 800; tries += 1) {
    if (world.names().includes(call)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${call} was not reached; calls: ${world.names().join(', ')}`);
}

/** With the primary touched users go last; otherwise first. */
function order(name: string): number {
  const touched = world.names().includes('restorePrimary');
  const sequence = touched
    ? ['raiseFence primary', 'restorePrimary', 'route 100/0', 'observeAway', 'scaleCanaryToZero']
    : WAY_BACK;
  return sequence.indexOf(name);
}
