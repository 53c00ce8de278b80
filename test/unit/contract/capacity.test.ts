import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { atLeast, canaryCapacity, largestCanary, primaryCapacity } from '../../../src/contract/capacity.ts';
import { planFor } from '../../support/plan.ts';

describe('capacity', () => {
  const plan = planFor('capacity');

  test('the canary is ready for its share of what the primary had, never below its own minimum', () => {
    expect(canaryCapacity(plan, 10, 20)).toBe(2);
    expect(canaryCapacity(plan, 10, 21)).toBe(3);
    expect(canaryCapacity(plan, 10, 100)).toBe(10);
    expect(canaryCapacity(plan, 3, 1)).toBe(1);
  });

  test('matchWeight: false keeps the size of the plan', () => {
    const fixed = { ...plan, scale: { ...plan.scale, canary: { replicas: 2, matchWeight: false } } };
    expect(canaryCapacity(fixed, 10, 100)).toBe(2);
  });

  test('never shrinks as the weight grows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 99 }), (replicas, percent) => {
        expect(canaryCapacity(plan, replicas, percent + 1)).toBeGreaterThanOrEqual(
          canaryCapacity(plan, replicas, percent),
        );
      }),
    );
  });

  test('the primary returns at no less than its size at the start, or the canary now', () => {
    expect(primaryCapacity(plan, 3, 2)).toBe(3);
    expect(primaryCapacity(plan, 3, 5)).toBe(5);
  });

  test('where pods make the share the canary has as many as make it, and they say nothing of the load', () => {
    const pods = planFor('pods');
    pods.traffic.mode = 'pods';
    expect([20, 50, 80, 100].map((percent) => canaryCapacity(pods, 4, percent))).toEqual([1, 4, 16, 4]);
    expect(largestCanary(pods, 4)).toBe(16);
    expect(primaryCapacity(pods, 4, 16)).toBe(4);
  });

  test('the largest canary is that of all users where they are split by percent', () => {
    expect(largestCanary(plan, 10)).toBe(10);
  });

  test('bounds are widened, never narrowed', () => {
    expect(atLeast({ min: 2, max: 4 }, 3)).toEqual({ min: 3, max: 4 });
    expect(atLeast({ min: 2, max: 4 }, 9)).toEqual({ min: 9, max: 9 });
    expect(atLeast({ min: 2, max: 4 }, 1)).toEqual({ min: 2, max: 4 });
  });
});
