import { describe, expect, test } from 'vitest';
import { overdispersion, podSpread } from '../../../../src/judge/compare/overdispersion.ts';
import { times } from './support.ts';

/** One tick: errors of pods that got as many requests each. */
const tick = (errors: number[], requests = 1000) =>
  new Map(errors.map((count, i) => [`pod-${i}`, { requests, errors: count }]));
/** Bursts that meet one pod after the other. */
const bursts = times(30, 0).map((_, i) => tick([0, 1, 2, 3].map((pod) => (i % 4 === pod ? 40 : 0))));
/** One pod of five fails a fifth, the others hardly. */
const onePod = times(30, tick([200, 1, 1, 1, 1]));

describe('before the rollout', () => {
  test('overdispersion is 1 for independent failures, the size of clusters otherwise', () => {
    expect(overdispersion([])).toBe(1);
    expect(overdispersion([tick([0, 0])])).toBe(1);
    expect(overdispersion(times(30, tick([9, 11, 10, 10])))).toBe(1);
    expect(overdispersion(bursts)).toBeGreaterThan(30);
  });

  test('the spread is what pods differ by all the time, beyond chance and clusters', () => {
    expect(podSpread([])).toBe(0);
    expect(podSpread(times(4, tick([10, 10, 10])))).toBe(0);
    expect(podSpread(bursts)).toBe(0);
    const spread = podSpread(times(2, tick([5000, 15_000], 1e6)));
    expect(spread).toBeCloseTo(Math.sqrt(Math.log1p(0.25)), 9);
  });

  test('a pod that is always worse is spread and no cluster', () => {
    expect(overdispersion(onePod)).toBe(1);
    expect(podSpread(onePod)).toBeCloseTo(Math.sqrt(Math.log1p(1.951 ** 2)), 2);
  });
});
