import { describe, expect, it } from 'vitest';
import { median, summarize } from '../../../../bench/lib/statistics.ts';

describe('median', () => {
  it('is the middle of an odd number of values, whatever their order', () => {
    expect(median([30, 1, 2])).toBe(2);
  });

  it('is the mean of the two in the middle of an even number', () => {
    expect(median([4, 1, 100, 2])).toBe(3);
  });

  it('orders numbers as numbers', () => {
    expect(median([9, 10, 100])).toBe(10);
  });

  it('does not exist for nothing', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('summarize', () => {
  it('has the worst as the largest', () => {
    expect(summarize([5, 50, 20])).toEqual({ count: 3, median: 20, p99: 50, worst: 50 });
  });
});
