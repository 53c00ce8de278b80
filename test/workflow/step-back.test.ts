import { describe, expect, test, vi } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

describe('a plan with a gradual return', () => {
  test('an abort takes users back in its steps, those above the present share left out', async () => {
    const plan = gradual('steps', [80, 40, 20]);
    await reached(plan, 'checkInterval live');
    const answer = await harness.act(plan, 'abort', { reason: 'not today' });
    expect(answer.message).toContain("in the plan's steps, 40, 20, 0 % on the canary (abort again to do it at once)");
    expect((await ended(plan)).outcome?.kind).toBe('aborted');
    expect(wayBack()).toEqual(['route 60/40', 'route 80/20', 'route 100/0']);
    expect(world.names().filter((name) => name === 'checkInterval live').length).toBeGreaterThanOrEqual(2);
  });

  test('a newer revision waits for it', async () => {
    const plan = gradual('newer', [10]);
    await reached(plan, 'checkInterval live');
    const newer = harness.offer(offerFor(plan, 'reviews:v3'));
    await ended(plan);
    expect((await newer).status).toBe('superseding');
    const routes = world.names().filter((name) => name.startsWith('route'));
    expect(routes.slice(2, 6)).toEqual(['route 40/60', 'route 90/10', 'route 100/0', 'route 100/0 mirror 100']);
  });

  test('who aborts again is in a hurry', async () => {
    const plan = gradual('again', [40, 20]);
    await reached(plan, 'checkInterval live');
    await harness.act(plan, 'abort');
    await harness.until(plan, ({ route }) => route.canary === 40);
    expect((await harness.act(plan, 'abort')).message).toContain('at once');
    world.stuck.clear();
    expect((await ended(plan)).route.canary).toBe(0);
    expect(wayBack()).toEqual(['route 60/40', 'route 100/0']);
  });

  test('who is in a hurry does not drop the revision that waits; an abort at the question about it does', async () => {
    const plan = { ...gradual('held', [40, 20]), onNewRevision: 'queue' as const };
    await reached(plan, 'checkInterval live');
    expect(await harness.offer(offerFor(plan, 'reviews:v3'))).toMatchObject({ status: 'queued' });
    await harness.act(plan, 'abort');
    await harness.until(plan, ({ route }) => route.canary === 40);
    await harness.act(plan, 'abort');
    world.stuck.clear();
    const held = await harness.until(plan, ({ needsYou }) => needsYou?.kind === 'queue');
    expect(held.queued?.image).toBe('reviews:v3');
    expect((await harness.act(plan, 'abort')).message).toContain('Dropped');
    const view = await ended(plan);
    expect(view).toMatchObject({ rollout: 'held-1', questions: [] });
    expect(view.queued).toBeUndefined();
  });

  test('a canary that fails its checks on the way loses all users at once', async () => {
    const plan = gradual('turns-bad', [40, 20]);
    await reached(plan, 'checkInterval live');
    world.verdicts = ['fail'];
    await harness.act(plan, 'abort');
    world.stuck.clear();
    await ended(plan);
    expect(wayBack()).toEqual(['route 60/40', 'route 100/0']);
  });

  test('checks that failed for the rollout take all users back at once', async () => {
    world.verdicts = ['pass', 'pass', 'pass', 'fail', 'fail', 'fail', 'fail', 'fail'];
    const plan = gradual('failed', [40, 20]);
    await harness.offer(offerFor(plan));
    const view = await ended(plan);
    expect(view.outcome?.kind).toBe('failed');
    expect(wayBack()).toEqual(['route 100/0']);
  });

  test('a touched primary is restored first, and then meets its users in steps', async () => {
    const plan = gradual('touched', [40]);
    await reached(plan, 'awaitReady primary 3');
    await harness.act(plan, 'abort');
    world.stuck.clear();
    await ended(plan);
    const names = world.names();
    expect(wayBack()).toEqual(['route 60/40', 'route 100/0']);
    expect(names.lastIndexOf('route 60/40')).toBeGreaterThan(names.indexOf('restorePrimary'));
    expect(world.primary).toBe('old');
  });
});

function gradual(name: string, weights: number[]): Plan {
  return planFor(name, { shift: { weights: [60, 100], everyMs: 20, back: { weights, everyMs: 20 } } });
}

/** The rollout is in this call, and stays there. */
async function reached(plan: Plan, call: string): Promise<void> {
  world.stuck.add(call);
  await harness.offer(offerFor(plan));
  await vi.waitFor(() => expect(world.names()).toContain(call), 30_000);
}

/** Routes written since the largest weight. */
function wayBack(): string[] {
  const routes = world.names().filter((name) => name.startsWith('route'));
  const largest = routes.reduce((best, name, index) => (share(name) >= share(routes[best] ?? '') ? index : best), 0);
  return routes.slice(largest + 1);
}

function share(route: string): number {
  return Number(/\/(\d+)$/.exec(route)?.[1] ?? 0);
}

function ended(plan: Plan): Promise<RolloutView> {
  world.stuck.clear();
  return harness.handle(plan).result() as Promise<RolloutView>;
}
