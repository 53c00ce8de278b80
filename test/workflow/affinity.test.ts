import { describe, expect, test } from 'vitest';
import type { AffinityPlan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

const affinity: AffinityPlan = {
  cookie: 'reviews-cookie',
  maxAgeS: 21_600,
  cleanupAfterMs: 1_500,
  path: '/',
  secure: false,
  httpOnly: true,
};

eachInAWorld();

const routes = () => world.names().filter((name) => name.startsWith('route'));

describe('a plan with affinity', () => {
  test('keeps users at every weight and while the primary is upgraded, then takes their cookie away, then its route', async () => {
    const plan = planFor('sticky', { affinity, shift: { weights: [20, 100], everyMs: 20 } });
    await harness.offer(offerFor(plan));
    const cleaning = await harness.until(plan, ({ state }) => state === 'cleaning');
    expect(cleaning).toMatchObject({ outcome: { kind: 'promoted' }, endedAt: expect.any(String) });
    expect(Date.parse(cleaning.cleaningUntil ?? '')).toBeGreaterThan(Date.now());
    expect(world.notices.filter(({ topic }) => topic === 'ended')).toHaveLength(1);
    const view: RolloutView = await harness.handle(plan).result();
    expect(view).toMatchObject({ state: 'ended', route: { primary: 100, canary: 0, mirror: 0 } });
    expect(routes()).toEqual([
      'route 100/0 mirror 100',
      'route 100/0',
      'route 80/20 keep sticky-1',
      'route 0/100 keep sticky-1',
      'route 100/0 expire sticky-1',
      'route 100/0',
    ]);
    expect(world.names().indexOf('upgradePrimary 3')).toBeLessThan(
      world.names().indexOf('route 100/0 expire sticky-1'),
    );
  });

  test('an abort pins nobody to the canary that goes', async () => {
    world.stuck.add('checkInterval live');
    const plan = planFor('unpinned', { affinity });
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 10_000 }).toContain('checkInterval live');
    await harness.act(plan, 'abort');
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('aborted');
    expect(routes().slice(-3)).toEqual(['route 80/20 keep unpinned-1', 'route 100/0 expire unpinned-1', 'route 100/0']);
    expect(world.names().indexOf('route 100/0 expire unpinned-1')).toBeLessThan(
      world.names().indexOf('scaleCanaryToZero'),
    );
  });

  test('before anybody got a cookie there is none to take away', async () => {
    world.loadPasses = false;
    const plan = planFor('early', { affinity });
    await harness.offer(offerFor(plan));
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('failed');
    expect(routes()).toEqual([]);
  });

  test('a newer offer ends the cleaning at once and is answered by its own run', async () => {
    const plan = planFor('next', {
      affinity: { ...affinity, cleanupAfterMs: 60_000 },
      shift: { weights: [100], everyMs: 20 },
    });
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ state }) => state === 'cleaning');
    const before = routes().length;
    const offer = offerFor(plan, 'reviews:v3');
    expect(await harness.offer(offer)).toMatchObject({ status: 'queued', again: true });
    const running = await harness.until(plan, ({ rollout }) => rollout === 'next-2');
    expect(running.outcome).toBeUndefined();
    expect(routes()[before]).toBe('route 100/0');
    expect(await harness.offer(offer)).toMatchObject({ status: 'started', rollout: 'next-2' });
    expect(await harness.act(plan, 'abort')).toMatchObject({ accepted: true });
  });

  test('actions are refused while it cleans: it has ended', async () => {
    const plan = planFor('over', { affinity, shift: { weights: [100], everyMs: 20 } });
    await harness.offer(offerFor(plan));
    await harness.until(plan, ({ state }) => state === 'cleaning');
    await expect(harness.act(plan, 'abort')).rejects.toMatchObject({
      cause: { message: expect.stringContaining('it has ended') },
    });
    await harness.handle(plan).result();
  });
});
