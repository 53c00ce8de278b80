import fc from 'fast-check';
import { expect, it } from 'vitest';
import { grownBy, stepsTo } from '../../../src/metrics/growth.ts';

it('takes whole steps of a window, none shorter than needed and at most 240', () => {
  expect(stepsTo(1_000, 61_000)).toEqual({ stepMs: 5_000, untilMs: 61_000 });
  expect(stepsTo(1_000, 63_500)).toEqual({ stepMs: 4_808, untilMs: 63_504 });
  expect(stepsTo(0, 3_600_000)).toEqual({ stepMs: 15_000, untilMs: 3_600_000 });
  expect(stepsTo(5_000, 4_000)).toEqual({ stepMs: 1_000, untilMs: 6_000 });
});

it('looks at multiples of the step, so that the last look is at the end and the first one a step after the beginning', () => {
  const span = fc.integer({ min: 1_000, max: 10_000_000 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_000_000_000_000 }), span, (fromMs, spanMs) => {
      const steps = stepsTo(fromMs, fromMs + spanMs);
      const query = grownBy(['code'], 'x', { fromMs, ...steps, lookBackMs: 60_000, hidden: false, replicas: [] });
      const [, range = 0, step = 0, at = 0] = (/\[(\d+)ms:(\d+)ms\] @ ([\d.]+)/.exec(query) ?? []).map(Number);
      const shift = Number(/offset (\d+)ms/.exec(query)?.[1]);
      const lastMs = Math.round(at * 1000);
      expect(lastMs % step).toBe(0);
      expect(lastMs - shift).toBe(steps.untilMs);
      // left-closed in Prometheus 2 and left-open in 3: the look at the beginning itself is in neither
      expect(lastMs - range - shift).toBe(fromMs + 1);
      expect((range + 1) % step).toBe(0);
    }),
  );
});
