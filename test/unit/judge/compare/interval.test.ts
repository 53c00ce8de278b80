import { describe, expect, test } from 'vitest';
import { rateInterval, ratioInterval } from '../../../../src/judge/compare/index.ts';

describe('intervals', () => {
  test('hold the observed value and shrink with more data', () => {
    const [lo, hi] = rateInterval(50, 1000);
    const [low, high] = rateInterval(5000, 100_000);
    expect([lo < low, low < 0.05, 0.05 < high, high < hi]).toEqual([true, true, true, true]);
    const [least, most] = ratioInterval(100, 100, 0.5);
    expect([least < 1, most > 1]).toEqual([true, true]);
  });

  test('without data everything is possible', () => {
    expect(rateInterval(0, 0)).toEqual([0, 1]);
    expect(ratioInterval(0, 0, 0.2)).toEqual([0, Number.POSITIVE_INFINITY]);
    expect(rateInterval(7, 7)[1]).toBe(1);
    expect(ratioInterval(3, 0, 0.5)[1]).toBe(Number.POSITIVE_INFINITY);
    expect(() => rateInterval(2, 1)).toThrow('2 bad of 1 requests: 0 to all wanted');
  });
});
