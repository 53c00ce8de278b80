/** Holds what a sampler draws against its distribution. */
import { expect } from 'vitest';

const DRAWS = 40_000;

function moments(draw: () => number): { mean: number; variance: number } {
  const values = Array.from({ length: DRAWS }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (DRAWS - 1) };
}

/** Within 5 standard errors; the variance's error is that of a normal distribution with an excess kurtosis of 1 / variance. */
export function expectMoments(draw: () => number, mean: number, variance: number): void {
  const found = moments(draw);
  expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / DRAWS));
  expect(Math.abs(found.variance - variance)).toBeLessThan(5 * variance * Math.sqrt((2 + 1 / variance) / DRAWS));
}

/** Chi-square over the outcomes that are expected 10 times or more, per degree of freedom. */
export function misfit(draw: () => number, lnProbability: (k: number) => number): number {
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
