import { describe, expect, it } from 'vitest';
import { binomial } from '../../../../bench/judge/binomial.ts';
import { lnFactorial } from '../../../../bench/judge/ln-factorial.ts';
import { createRandom } from '../../../../bench/judge/random.ts';
import { expectMoments, misfit } from './draws.ts';

describe('binomial', () => {
  it.each([
    [1, 0.3],
    [150, 0.001],
    [3_000, 0.005],
    [150, 0.5],
    [150, 0.9],
    [57_000, 0.05],
    [57_000, 0.9995],
  ])('of %d tries with %d has its mean and variance', (n, p) => {
    const random = createRandom('binomial', n, p);
    expectMoments(() => binomial(n, p, random), n * p, n * p * (1 - p));
  });

  it.each([
    [12, 0.3],
    [60, 0.4],
    [800, 0.07],
  ])('of %d tries with %d has its probabilities', (n, p) => {
    const random = createRandom('binomial fit', n, p);
    const lnProbability = (k: number) =>
      k > n
        ? Number.NEGATIVE_INFINITY
        : lnFactorial(n) - lnFactorial(k) - lnFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log1p(-p);
    expect(misfit(() => binomial(n, p, random), lnProbability)).toBeLessThan(2.2);
  });

  it('is exact at its ends and refuses what cannot be', () => {
    const random = createRandom(1);
    expect([binomial(0, 0.5, random), binomial(9, 0, random), binomial(9, 1, random)]).toEqual([0, 0, 9]);
    expect(() => binomial(1.5, 0.5, random)).toThrow(/n is 1.5/);
    expect(() => binomial(5, 1.1, random)).toThrow(/p is 1.1/);
  });
});
