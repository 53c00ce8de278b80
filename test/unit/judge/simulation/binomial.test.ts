import { describe, expect, it } from 'vitest';
import { binomial } from '../../../../src/judge/simulation/binomial.ts';
import { lnFactorial } from '../../../../src/judge/simulation/ln-factorial.ts';
import { poisson } from '../../../../src/judge/simulation/poisson.ts';
import { createRandom } from '../../../../src/judge/simulation/random.ts';

const DRAWS = 40_000;

function moments(draw: () => number): { mean: number; variance: number } {
  const values = Array.from({ length: DRAWS }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (DRAWS - 1) };
}

/** Within 5 standard errors; the variance's error is that of a normal distribution with an excess kurtosis of 1 / variance. */
function expectMoments(draw: () => number, mean: number, variance: number): void {
  const found = moments(draw);
  expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / DRAWS));
  expect(Math.abs(found.variance - variance)).toBeLessThan(5 * variance * Math.sqrt((2 + 1 / variance) / DRAWS));
}

/** Chi-square over the outcomes that are expected 10 times or more, per degree of freedom. */
function misfit(draw: () => number, lnProbability: (k: number) => number): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < DRAWS; i += 1) {
    const k = draw();
    counts.set(k, (counts.get(k) ?? 0) + 1);
  }
  let chi = 0;
  let cells = 0;
  for (let k = 0; k < 2_000; k += 1) {
    const expected = DRAWS * Math.exp(lnProbability(k));
    if (expected < 10) continue;
    chi += ((counts.get(k) ?? 0) - expected) ** 2 / expected;
    cells += 1;
  }
  return chi / (cells - 1);
}

describe('lnFactorial', () => {
  it('agrees with the product, across the end of its table', () => {
    let sum = 0;
    for (let k = 1; k <= 1_000; k += 1) {
      sum += Math.log(k);
      expect(Math.abs(lnFactorial(k) - sum)).toBeLessThan(1e-11 * Math.max(1, sum));
    }
    expect(lnFactorial(0)).toBe(0);
  });
});

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
