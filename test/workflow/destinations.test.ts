import { describe, expect, test } from 'vitest';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

eachInAWorld();

function planWith(name: string) {
  const plan = planFor(name, { mirror: undefined, shift: { weights: [100], everyMs: 20 } });
  return { ...plan, traffic: { ...plan.traffic, create: true } };
}

const order = (...names: string[]) => names.map((name) => world.names().findIndex((one) => one.startsWith(name)));

describe('traffic.create', () => {
  test('makes what is missing before the first pod and removes it after the last one', async () => {
    const plan = planWith('made');
    await harness.offer(offerFor(plan));
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('promoted');
    expect(view.warnings).toEqual(['Made for this rollout: Service demo/reviews-canary.']);
    const steps = order(
      'createDestinations',
      'scaleCanary 1',
      'route 0/100',
      'scaleCanaryToZero',
      'removeDestinations',
    );
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(steps).not.toContain(-1);
  });

  test('removes it after an abort, too', async () => {
    world.acceptancePasses = false;
    const plan = planWith('unmade');
    await harness.offer(offerFor(plan));
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('failed');
    const [made, removed] = order('createDestinations', 'removeDestinations');
    expect(made).toBeGreaterThanOrEqual(0);
    expect(removed).toBeGreaterThan(made ?? 0);
  });

  test('nothing is made when the plan does not say so', async () => {
    const plan = planFor('plain', { mirror: undefined, shift: { weights: [100], everyMs: 20 } });
    await harness.offer(offerFor(plan));
    await harness.handle(plan).result();
    expect(world.names().filter((name) => name.includes('Destinations'))).toEqual([]);
  });
});
