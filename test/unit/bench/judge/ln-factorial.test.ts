import { describe, expect, it } from 'vitest';
import { lnFactorial } from '../../../../bench/judge/ln-factorial.ts';

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
