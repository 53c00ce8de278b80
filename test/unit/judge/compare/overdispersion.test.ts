import { describe, expect, test } from 'vitest';
import { overdispersion, podSpread } from '../../../../src/judge/compare/index.ts';
import { times } from './support.ts';

describe('before the rollout', () => {
  test('overdispersion is 1 for independent failures, the size of clusters otherwise', () => {
    expect(overdispersion([])).toBe(1);
    expect(
      overdispersion([
        [
          { requests: 100, errors: 0 },
          { requests: 100, errors: 0 },
        ],
      ]),
    ).toBe(1);
    const even = times(
      30,
      [9, 11, 10, 10].map((errors) => ({ requests: 1000, errors })),
    );
    expect(overdispersion(even)).toBe(1);
    const clustered = times(
      30,
      [0, 40, 0, 0].map((errors) => ({ requests: 1000, errors })),
    );
    expect(overdispersion(clustered)).toBeCloseTo(1200 / (10 * 0.99) / 3, 9);
  });

  test('the spread is what pods differ by beyond chance', () => {
    expect(podSpread(times(4, { requests: 1000, errors: 10 }))).toBe(0);
    const spread = podSpread([5000, 15_000].map((errors) => ({ requests: 1e6, errors })));
    expect(spread).toBeCloseTo(0.5, 2);
  });
});
