import fc from 'fast-check';
import { expect, it } from 'vitest';
import { histogramQuantile } from '../../../src/judge/quantile.ts';

it('a quantile lies in the bucket of its rank and grows with q', () => {
  const buckets = fc.array(fc.nat(20), { minLength: 2, maxLength: 8 }).map((counts) => {
    let total = 0;
    return counts.map((count, i): [number, number] => {
      total += count;
      return [i === counts.length - 1 ? Number.POSITIVE_INFINITY : (i + 1) * 10, total];
    });
  });
  const q = fc.double({ min: 0.01, max: 0.99, noNaN: true });
  fc.assert(
    fc.property(buckets, q, q, (histogram, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)].map((one) => histogramQuantile(one, histogram));
      if (!low || !high) {
        expect(histogram.at(-1)?.[1]).toBe(0);
        return;
      }
      expect(low.value).toBeLessThanOrEqual(high.value);
      const rank = Math.min(a, b) * (histogram.at(-1)?.[1] ?? 0);
      const holder = histogram.find(([, count]) => count >= rank)?.[0] ?? 0;
      expect(low.beyond).toBe(holder === Number.POSITIVE_INFINITY);
      if (!low.beyond) expect(low.value).toBeLessThanOrEqual(holder);
    }),
  );
});
