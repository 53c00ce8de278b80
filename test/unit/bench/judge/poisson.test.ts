import { describe, expect, it } from 'vitest';
import { lnFactorial } from '../../../../bench/judge/ln-factorial.ts';
import { poisson } from '../../../../bench/judge/poisson.ts';
import { createRandom } from '../../../../bench/judge/random.ts';
import { expectMoments, misfit } from './draws.ts';

describe('poisson', () => {
  it.each([0.05, 3, 9.99, 10, 47, 3_000, 57_000])('has mean and variance %d', (mean) => {
    const random = createRandom('poisson', mean);
    expectMoments(() => poisson(mean, random), mean, mean);
  });

  it.each([2, 12, 150])('has the probabilities of its mean %d', (mean) => {
    const random = createRandom('poisson fit', mean);
    const fit = misfit(
      () => poisson(mean, random),
      (k) => k * Math.log(mean) - mean - lnFactorial(k),
    );
    expect(fit).toBeLessThan(2);
  });

  it('is 0 of nothing and refuses what is no mean', () => {
    expect(poisson(0, createRandom(1))).toBe(0);
    expect(() => poisson(Number.NaN, createRandom(1))).toThrow(/mean is NaN/);
    expect(() => poisson(-1, createRandom(1))).toThrow(/mean is -1/);
  });
});
