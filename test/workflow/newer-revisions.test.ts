import { describe, expect, test } from 'vitest';
import type { DeployEvent, Offer } from '../../src/contract/offer.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

function built(plan: Plan, image: string, build: Partial<DeployEvent>): Offer {
  const offer = offerFor(plan, image);
  return { ...offer, event: { ...offer.event, ...build } };
}

async function runTo(place: string, first: Offer): Promise<void> {
  world.stuck.add(place);
  await harness.offer(first);
  await expect.poll(() => world.names(), { timeout: 20_000 }).toContain(place);
}

describe('queue', () => {
  test('all: every revision gets its turn, in order', async () => {
    const plan = planFor('all', { onNewRevision: 'queue', queue: 'all' });
    await runTo('runLoad', offerFor(plan));
    expect(await harness.offer(offerFor(plan, 'reviews:v3'))).toMatchObject({ status: 'queued' });
    expect(await harness.offer(offerFor(plan, 'reviews:v4'))).toMatchObject({
      status: 'queued',
      reason: 'it starts after 1 that came before it',
    });
    expect((await harness.view(plan)).queued).toMatchObject({ image: 'reviews:v3', more: 1 });
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.startedBy.delivery).toContain('all-');
    expect(world.notices.map(({ view: { rollout, outcome } }) => [rollout, outcome?.kind])).toEqual([
      ['all-1', 'promoted'],
      ['all-2', 'promoted'],
      ['all-3', 'promoted'],
    ]);
  });

  test('all: has an end', async () => {
    const plan = planFor('long', { onNewRevision: 'queue', queue: 'all' });
    await runTo('runLoad', offerFor(plan));
    for (let count = 0; count < 20; count += 1) {
      expect(await harness.offer(offerFor(plan, `reviews:q${count}`))).toMatchObject({ status: 'queued' });
    }
    expect(await harness.offer(offerFor(plan, 'reviews:late'))).toMatchObject({
      status: 'rejected',
      reason: '20 revisions wait already',
    });
    await harness.handle(plan).terminate();
  });

  test('newest: the last one takes the place of those before it', async () => {
    const plan = planFor('newest', { onNewRevision: 'queue' });
    await runTo('runLoad', offerFor(plan));
    await harness.offer(offerFor(plan, 'reviews:v3'));
    await harness.offer(offerFor(plan, 'reviews:v4'));
    expect((await harness.view(plan)).queued).toMatchObject({ image: 'reviews:v4' });
    world.stuck.clear();
    await harness.handle(plan).result();
    expect(world.notices).toHaveLength(2);
  });
});

describe('an older build', () => {
  test.each([
    ['by version', { version: '1.4.0' }, { version: '1.3.9' }, 'version 1.3.9 is older than 1.4.0'],
    [
      'by time',
      { builtAt: '2026-11-21T12:00:00Z' },
      { builtAt: '2026-11-21T11:00:00Z' },
      'built at 2026-11-21T11:00:00Z, before 2026-11-21T12:00:00Z',
    ],
  ])('than the running one is refused %s', async (_how, running, late, why) => {
    const plan = planFor('older');
    await runTo('runLoad', built(plan, 'reviews:v2', running));
    const answer = await harness.offer(built(plan, 'reviews:v0', late));
    expect(answer).toMatchObject({
      status: 'rejected',
      reason: `it is an older build than reviews:v2, which older-1 carries: ${why}`,
    });
    world.stuck.clear();
    expect(((await harness.handle(plan).result()) as RolloutView).outcome?.kind).toBe('promoted');
  });

  test('than one that waits does not take its place', async () => {
    const plan = planFor('behind', { onNewRevision: 'queue' });
    await runTo('runLoad', built(plan, 'reviews:v2', { version: '1.0.0' }));
    await harness.offer(built(plan, 'reviews:v4', { version: '1.2.0' }));
    const answer = await harness.offer(built(plan, 'reviews:v3', { version: '1.1.0' }));
    expect(answer).toMatchObject({ status: 'rejected', reason: expect.stringContaining('which waits already') });
    expect((await harness.view(plan)).queued?.image).toBe('reviews:v4');
    await harness.handle(plan).terminate();
  });
});

describe('what the primary runs, delivered again', () => {
  test.each(['supersede', 'queue', 'reject'] as const)('sends users back, also with %s', async (onNewRevision) => {
    const plan = planFor('again', { onNewRevision });
    await runTo('checkInterval live', offerFor(plan));
    const answer = await harness.offer(offerFor(plan, 'reviews:v1'));
    expect(answer).toMatchObject({
      status: 'unchanged',
      rollout: 'again-1',
      reason: 'the primary runs it; again-1 goes back to it',
    });
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome).toMatchObject({
      kind: 'superseded',
      reason: 'reviews:v1 was delivered again, which the primary runs: going back to it.',
    });
    expect(world.route).toEqual({ primary: 100, canary: 0, mirror: 0 });
    expect(world.names().filter((name) => name === 'detect')).toHaveLength(1);
  });

  test('drops what waited, and restores a primary that is being upgraded', async () => {
    const plan = planFor('late-again');
    await runTo('awaitReady primary 3', offerFor(plan));
    await harness.offer(offerFor(plan, 'reviews:v3'));
    await harness.offer(offerFor(plan, 'reviews:v1'));
    expect((await harness.view(plan)).queued).toBeUndefined();
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view).toMatchObject({ rollout: 'late-again-1', outcome: { kind: 'superseded', step: 14 } });
    expect(world.primary).toBe('old');
  });

  test('after users are back on the upgraded primary is a rollout of its own', async () => {
    const plan = planFor('too-late-again');
    await runTo('observeAway', offerFor(plan));
    expect(await harness.offer(offerFor(plan, 'reviews:v1'))).toMatchObject({ status: 'queued' });
    world.stuck.clear();
    await harness.handle(plan).result();
    expect(world.notices.map(({ view }) => view.outcome?.kind)).toEqual(['promoted', 'promoted']);
  });
});

describe('a primary that does not come up', () => {
  const unready = { ready: false as const, replicas: 0, sentence: 'crash loop' };

  test('holds with a canary of its size, whatever the plan says of shares', async () => {
    world.ready.set('primary', [unready]);
    const { scale } = planFor('size');
    const plan = planFor('size', { scale: { ...scale, canary: { replicas: 1, matchWeight: false } } });
    await harness.offer(offerFor(plan));
    const held = await harness.until(plan, ({ needsYou }) => needsYou !== undefined);
    expect(world.names()).toContain('scaleCanary 3');
    expect(held.route.canary).toBe(100);
    await expect.poll(() => world.notices.map(({ topic }) => topic)).toEqual(['needs-you']);
    await harness.answer(plan);
    expect(((await harness.handle(plan).result()) as RolloutView).outcome?.kind).toBe('promoted');
  });

  test('and a newer revision meanwhile: it supersedes, and the primary is restored before users return', async () => {
    world.ready.set('primary', [unready]);
    const plan = planFor('meanwhile');
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ needsYou }) => needsYou !== undefined);
    world.growsTo = 2;
    expect(await harness.offer(offerFor(plan, 'reviews:v3'))).toMatchObject({ status: 'superseding' });
    const waiting = 'awaitChange primary 3, canary <1, primary <1';
    await expect.poll(() => world.names(), { timeout: 20_000 }).toContain(waiting);
    expect(world).toMatchObject({ primary: 'old', route: { canary: 100 } });
    world.primaryReady = 3;
    const view: RolloutView = await harness.handle(plan).result();
    expect(view).toMatchObject({ rollout: 'meanwhile-2', outcome: { kind: 'promoted' } });
  });
});

test('a primary that is lost just before users return holds, and an abort restores it', async () => {
  const plan = planFor('lost-again');
  world.stuck.add('boundAutoscaler primary 3-10');
  await harness.offer(offerFor(plan));
  await expect.poll(() => world.names(), { timeout: 20_000 }).toContain('boundAutoscaler primary 3-10');
  world.primaryReady = 0;
  world.stuck.clear();
  const held = await harness.until(plan, ({ needsYou }) => needsYou !== undefined);
  expect(held.steps[16]?.state).toBe('running');
  await harness.act(plan, 'abort');
  const view: RolloutView = await harness.handle(plan).result();
  expect(view.outcome).toMatchObject({ kind: 'aborted', step: 17 });
  expect(world.primary).toBe('old');
  expect(world.route.canary).toBe(0);
});

describe('a primary that its HPA let shrink', () => {
  test('gets its bounds back after an abort', async () => {
    world.stuck.add('awaitReady primary 3');
    const plan = planFor('shrunk');
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 20_000 }).toContain('awaitReady primary 3');
    await harness.act(plan, 'abort');
    world.stuck.clear();
    await harness.handle(plan).result();
    const names = world.names();
    expect(names.indexOf('boundAutoscaler primary 2-8')).toBeGreaterThan(names.indexOf('restorePrimary'));
  });
});

describe('an abort at a weight of most users', () => {
  async function abortAt(weight: number, plan: Plan, primaryReady = 1): Promise<RolloutView> {
    world.stuck.add('checkInterval live');
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ route }) => route.canary === weight);
    Object.assign(world, { primaryReady, primarySize: primaryReady });
    await harness.act(plan, 'abort');
    world.stuck.delete('checkInterval live');
    return harness.handle(plan).result();
  }
  const { analysis } = planFor('');
  const at = (name: string, weights: number[]) =>
    planFor(name, {
      mirror: undefined,
      shift: { weights, everyMs: 20 },
      analysis: { ...analysis, failureThreshold: 2 },
    });

  test('gives a primary that shrank the users it has pods for, and the others when it has its size again', async () => {
    await abortAt(80, at('grow', [80, 100]));
    const back = world.names().filter((name) => name !== 'checkInterval live');
    expect(back.slice(-7, -5).toSorted()).toEqual(['growPrimary', 'route 30/70']);
    expect(back.slice(-5)).toEqual([
      'awaitChange primary 2, canary <1, primary <1',
      'route 100/0',
      'boundAutoscaler primary 2-8',
      'observeAway',
      'scaleCanaryToZero',
    ]);
  });

  test('does not wait for that when the canary fails meanwhile; one failed interval now and then is no such failure', async () => {
    Object.assign(world, { growsTo: 1, verdicts: ['fail', 'pass', 'fail', 'pass'] });
    const plan = at('grow-fails', [80, 100]);
    const ended = abortAt(80, plan);
    await expect.poll(() => world.route.canary, { timeout: 20_000 }).toBe(70);
    await expect.poll(() => world.verdicts, { timeout: 40_000 }).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(world.route.canary).toBe(70);
    world.verdicts = ['fail', 'fail'];
    expect((await ended).outcome?.kind).toBe('aborted');
    expect(world).toMatchObject({ primaryReady: 1, route: { canary: 0 } });
  });

  test('asks when that takes longer than pods may, and a person may return users to what is ready', async () => {
    world.growsTo = 1;
    const plan = at('grow-not', [80, 100]);
    const ended = abortAt(80, plan);
    await expect.poll(() => world.route.canary, { timeout: 20_000 }).toBe(70);
    const asked = await harness.until(plan, ({ needsYou }) => needsYou?.kind === 'primary');
    expect(asked.route.canary).toBe(70);
    await harness.answer(plan, 'return-now');
    expect((await ended).outcome?.kind).toBe('aborted');
    expect(world).toMatchObject({ primaryReady: 1, route: { canary: 0 } });
  });

  test('at any weight grows a primary without pods, as nobody else would', async () => {
    await abortAt(20, at('none', [20, 100]), 0);
    const names = world.names();
    expect(names.slice(names.indexOf('growPrimary')).filter((name) => name !== 'checkInterval live')).toEqual([
      'growPrimary',
      'awaitChange primary 1, canary 4, again route',
      'route 100/0',
      'boundAutoscaler primary 2-8',
      'observeAway',
      'scaleCanaryToZero',
    ]);
  });

  test('without ready pods on either side waits for the first, and does not try again and again', async () => {
    world.growsTo = 0;
    const ended = abortAt(20, at('neither', [20, 100]), 0);
    await expect.poll(() => world.route.canary, { timeout: 20_000 }).toBe(20);
    world.canaryReady = 0;
    const waits = () => world.names().filter((name) => name.startsWith('awaitChange primary 1'));
    await expect.poll(waits, { timeout: 20_000 }).not.toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(waits().length).toBeLessThanOrEqual(2);
    world.primaryReady = 1;
    expect((await ended).outcome?.kind).toBe('aborted');
    expect(world.route.canary).toBe(0);
  });

  test('at fewer users goes at once', async () => {
    await abortAt(20, at('few', [20, 100]));
    expect(world.names()).not.toContain('growPrimary');
  });
});

describe('a cancelled workflow', () => {
  test.each(['detect', 'runLoad', 'checkInterval mirror', 'checkInterval live', 'awaitReady primary 3'])(
    'during %s ends like an abort',
    async (place) => {
      world.stuck.add(place);
      const plan = planFor('cancel');
      const offered = harness.offer(offerFor(plan)).catch(() => undefined);
      await expect.poll(() => world.names(), { timeout: 20_000 }).toContain(place);
      await harness.handle(plan).cancel();
      world.stuck.clear();
      const view: RolloutView = await harness.handle(plan).result();
      await offered;
      expect(view.outcome).toMatchObject({ kind: 'aborted', reason: 'The workflow was cancelled.' });
      expect(world.route).toEqual({ primary: 100, canary: 0, mirror: 0 });
      expect(world.primary).toBe('old');
    },
  );

  test('after users are back on the upgraded primary is finished, as the shorter safe way', async () => {
    world.stuck.add('observeAway');
    const plan = planFor('cancel-late');
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 20_000 }).toContain('observeAway');
    await harness.handle(plan).cancel();
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('promoted');
    expect(view.warnings.join()).toContain('so the rollout was finished');
    expect(world.names()).not.toContain('restorePrimary');
    expect(world.names().at(-1)).toBe('scaleCanaryToZero');
  });
});

describe('a canary as its owners have it', () => {
  const marked = (plan: Plan, mark: string): Offer => {
    const { event, ...offer } = offerFor(plan, mark);
    return { ...offer, event: { ...event, image: undefined, mark } };
  };

  test('is carried by the rollout that found it, whichever offer began that, and gives way to another one', async () => {
    const plan = planFor('marked');
    await runTo('runLoad', marked(plan, '0a/1b'));
    expect(await harness.offer(marked(plan, '0a/1b'))).toMatchObject({
      status: 'unchanged',
      reason: 'marked-1 carries it already',
    });
    expect(await harness.offer(marked(plan, '2c/1b'))).toMatchObject({ status: 'superseding' });
    expect(await harness.offer(marked(plan, '0a/1b'))).toMatchObject({ status: 'superseding' });
    world.stuck.clear();
    await harness.handle(plan).result();
  });
});
