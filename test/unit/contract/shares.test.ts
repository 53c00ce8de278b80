import { expect, it } from 'vitest';
import {
  leastPrimary,
  podsFor,
  reachedAt,
  reachedShares,
  shareTable,
  unreachable,
} from '../../../src/contract/shares.ts';
import { planFor } from '../../support/plan.ts';

const plan = (weights: number[], replicas = 1) => {
  const base = planFor('shop', { shift: { weights, everyMs: 1 } });
  base.traffic.mode = 'pods';
  base.scale = { ...base.scale, canary: { replicas, matchWeight: true } };
  return base;
};

it.each([
  [4, 20, 1],
  [10, 20, 3],
  [10, 50, 10],
  [2, 5, 1],
  [3, 80, 12],
])('beside %i pods, %i %% are %i', (primary, percent, pods) => {
  expect(podsFor(primary, percent)).toBe(pods);
});

it('a canary that starts larger than its share has a larger one', () => {
  expect(reachedAt(20, 4, 2)).toEqual({ weight: 20, pods: 2, share: 100 / 3 });
  expect(reachedAt(100, 4, 2)).toEqual({ weight: 100, pods: 4, share: 100 });
});

it('what is far from its weight, or the same as the weight before, cannot be had', () => {
  const far = (weights: number[], pods: number) =>
    unreachable(reachedShares(plan(weights), pods)).map(({ weight }) => weight);
  expect(far([20, 50, 100], 4)).toEqual([]);
  expect(far([20, 50, 100], 2)).toEqual([20]);
  expect(far([25, 30, 100], 3)).toEqual([30]);
  expect(far([100], 1)).toEqual([]);
});

it('says how many primary pods would do', () => {
  expect(leastPrimary(plan([20, 50, 100]))).toBe(3);
  expect(leastPrimary(plan([1, 100]))).toBe(9);
  expect(leastPrimary(plan([20, 21, 22, 23, 100], 50))).toBeUndefined();
});

it('tells a plan what its weights become, and one that splits by percent nothing', () => {
  expect(shareTable(plan([20, 50, 100]))).toEqual([
    'beside 2 primary pods the canary has 33 % (1 pod), 50 % (2 pods), 100 % (2 pods); refused, as 20 % cannot be had',
    'beside 3 primary pods the canary has 25 % (1 pod), 50 % (3 pods), 100 % (3 pods)',
    'beside 5 primary pods the canary has 17 % (1 pod), 50 % (5 pods), 100 % (5 pods)',
    'beside 10 primary pods the canary has 23 % (3 pods), 50 % (10 pods), 100 % (10 pods)',
  ]);
  expect(shareTable(planFor('shop'))).toEqual([]);
});
