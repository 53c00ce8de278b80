import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logE } from '../../../../src/judge/compare/e-value.ts';
import { overdispersion, podSpread } from '../../../../src/judge/compare/overdispersion.ts';
import { ABORT_GRID, PASS_GRID } from '../../../../src/judge/compare/process.ts';
import { initial } from '../../../../src/judge/compare/state.ts';
import { step } from '../../../../src/judge/compare/step.ts';
import type { ArmCounts, CompareOptions } from '../../../../src/judge/compare/types.ts';
import { type ArmPair, numbersOf, pair, run, slow, times } from './support.ts';

const LE = [0.1, 0.25, 0.5];
const BOTH: CompareOptions = { latency: { guards: [0.25, 0.5] }, guard: { errors: 0.01 } };

/** Both arms with some failures and some answers in each bucket. */
const arm = fc
  .record({
    buckets: fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }),
    failing: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ buckets, failing }) => slow(LE, buckets, Math.floor(failing * buckets.reduce((a, b) => a + b, 0))));
const anyPair: fc.Arbitrary<ArmPair> = fc.record({ canary: arm, primary: arm });
const anyPairs = fc.array(anyPair, { minLength: 1, maxLength: 12 });

describe('evidence', () => {
  // Requests in both arms: a tick without is added to the next, and sums of ticks may lean the other way (Simpson).
  test('against a canary that is better in every tick never rises', () => {
    const better = fc
      .record({
        np: fc.integer({ min: 1, max: 100_000 }),
        nc: fc.integer({ min: 1, max: 100_000 }),
        p: fc.nat(1000),
        q: fc.nat(1000),
      })
      .map(({ np, nc, p, q }) => {
        const xp = Math.floor((np * p) / 1000);
        const most = Math.floor((nc * xp) / np);
        const [xc, yp] = [Math.floor((most * q) / 1000), np - xp];
        const yc = nc - xc;
        // The same shares serve as slow answers: those beyond the one bound.
        return { canary: slow([0.5], [yc, xc], xc), primary: slow([0.5], [yp, xp], xp) };
      });
    fc.assert(
      fc.property(fc.array(better, { minLength: 1, maxLength: 20 }), (ticks) => {
        const { outputs } = run({ latency: { guards: [0.5] } }, ticks);
        let before = 0;
        for (const { lnAbort } of outputs) {
          expect(lnAbort).toBeLessThanOrEqual(before + 1e-9);
          before = lnAbort;
        }
      }),
    );
  });

  test('of a tick is an e-value: its mean is at most 1 on the edge of the tolerated, counted out', () => {
    const binomial = (n: number, p: number) => {
      const chances = [(1 - p) ** n];
      for (let x = 1; x <= n; x += 1) chances.push(((chances[x - 1] ?? 0) * (n - x + 1) * p) / (x * (1 - p)));
      return chances;
    };
    const line = { ratio: 1.1, margin: 0.02 };
    for (const kappa of [...ABORT_GRID, ...PASS_GRID]) {
      for (const p of [0.01, 0.2, 0.6]) {
        const [canary, primary] = [binomial(12, line.ratio * p + line.margin), binomial(30, p)];
        let mean = 0;
        for (const [xc, pc] of canary.entries())
          for (const [xp, pp] of primary.entries())
            mean += pc * pp * Math.exp(logE(kappa, line, { nc: 12, xc, np: 30, xp }));
        expect(mean, `kappa ${kappa}, rate ${p}`).toBeLessThanOrEqual(1 + 1e-12);
      }
    }
  });

  test('of a tick split in proportion is the same in sum', () => {
    const counts = fc.nat(10_000);
    fc.assert(
      fc.property(
        fc.constantFrom(...ABORT_GRID, ...PASS_GRID),
        fc.tuple(counts, counts, fc.integer({ min: 1, max: 10_000 }), counts),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 6 }),
        (kappa, [nc, xc, np, xp], parts) => {
          const line = { ratio: 1.1, margin: 0.001 };
          const whole = logE(kappa, line, { nc, xc, np, xp });
          const all = parts.reduce((a, b) => a + b, 0);
          const sum = parts
            .map((part) => part / all)
            .map((f) => logE(kappa, line, { nc: nc * f, xc: xc * f, np: np * f, xp: xp * f }))
            .reduce((a, b) => a + b, 0);
          expect(Math.abs(sum - whole)).toBeLessThan(1e-9);
        },
      ),
    );
  });

  test('cannot decide in one tick against, nor in two for a canary, whatever it shows', () => {
    fc.assert(
      fc.property(anyPair, anyPair, (first, second) => {
        const { outputs } = run({ minTicks: 0, latency: { guards: [0.5] } }, [first, second]);
        expect(outputs[0]?.verdict).not.toBe('abort');
        for (const { verdict } of outputs) expect(verdict).not.toBe('pass');
      }),
    );
  });
});

test('ticks without requests change nothing', () => {
  const silent = { canary: slow(LE, [0, 0, 0, 0]), primary: slow(LE, [0, 0, 0, 0]) };
  fc.assert(
    fc.property(anyPairs, fc.nat(12), fc.integer({ min: 1, max: 2 }), (ticks, at, count) => {
      const place = Math.min(at, ticks.length - 1);
      const mixed = [...ticks.slice(0, place), ...times(count, silent), ...ticks.slice(place)];
      const [plain, padded] = [run(BOTH, ticks).last, run(BOTH, mixed).last];
      expect({ ...padded, tick: 0, stage: 0 }).toEqual({ ...plain, tick: 0, stage: 0 });
      expect(padded.stage.counted).toBe(plain.stage.counted);
    }),
  );
});

test('the order of pods changes nothing', () => {
  const pods = fc.array(
    fc.record({ requests: fc.integer({ min: 1, max: 1000 }), errors: fc.nat(1000) }).map(({ requests, errors }) => ({
      requests,
      errors: Math.min(requests, errors),
    })),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(pods, (list) => {
      const ticks = [list, list.toReversed()];
      const named = (order: number[]) => ticks.map((pods) => new Map(order.map((i) => [`${i}`, pods[i] as ArmCounts])));
      const there = list.map((_, i) => i);
      expect(overdispersion(named(there.toReversed()))).toBeCloseTo(overdispersion(named(there)), 9);
      expect(podSpread(named(there.toReversed()))).toBeCloseTo(podSpread(named(there)), 9);
    }),
  );
});

test('no input makes anything but finite numbers', () => {
  const count = fc.oneof(
    fc.constantFrom(0, 1, 1e-300, 5e-324, 0.5, 1e6, Number.MAX_SAFE_INTEGER),
    fc.double({ min: 0, max: 1e15, noNaN: true }),
  );
  const wild = fc.record({
    requests: count,
    share: fc.constantFrom(0, 1e-9, 0.5, 1),
    counts: fc.tuple(count, count, count),
  });
  const wildArm = fc.option(
    wild.map(({ requests, share, counts }) => ({
      requests,
      errors: requests * share,
      histogram: { le: [0.1, 0.5], counts: [...counts] },
    })),
  );
  const options = fc.constantFrom<CompareOptions>(
    BOTH,
    { latency: {}, minBad: 3, deadlineTicks: 2 },
    { preset: 'strict', slo: 0.99999, errors: { overdispersion: 7, abort: { margin: 0 } } },
    { errors: false, guard: { errors: 0.01, latency: { le: 0.5, share: 0.01 } } },
  );
  const ticks = fc.array(fc.record({ canary: wildArm, primary: wildArm }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(options, ticks, (chosen, list) => {
      const { state, outputs } = run(chosen, list);
      expect(numbersOf([state, outputs]).filter((value) => !Number.isFinite(value))).toEqual([]);
      for (const { sentence } of outputs) expect(sentence).not.toMatch(/NaN|undefined|Infinity/);
    }),
    { numRuns: 300 },
  );
});

test('the state survives JSON at any tick', () => {
  fc.assert(
    fc.property(anyPairs, fc.nat(12), (ticks, at) => {
      let [whole, stored] = [initial(BOTH), initial(BOTH)];
      for (const [i, tick] of ticks.entries()) {
        if (i === Math.min(at, ticks.length - 1)) stored = JSON.parse(JSON.stringify(stored));
        const [a, b] = [step(whole, { tick: i, ...tick }), step(stored, { tick: i, ...tick })];
        expect(JSON.parse(JSON.stringify(b))).toEqual(JSON.parse(JSON.stringify(a)));
        [whole, stored] = [a.state, b.state];
      }
    }),
  );
});

test('a step leaves the state it was given as it was', () => {
  const { state } = run(BOTH, times(3, { canary: slow(LE, [5, 3, 2, 1], 1), primary: slow(LE, [50, 30, 20, 10], 2) }));
  const before = JSON.stringify(state);
  step(state, { tick: 100, ...pair(10, 1, 100, 1) });
  expect(JSON.stringify(state)).toBe(before);
});

describe('size of the state', () => {
  const bytes = (value: unknown) => JSON.stringify(value).length;
  const odd = 1e8 / 7;

  test('an error rate stays below 1 kB', () => {
    const { state } = run({}, [...times(50, pair(odd, odd / 900, odd * 3, odd / 300)), pair(0, 0, odd, odd / 900)]);
    expect(bytes(state.metrics[0])).toBeGreaterThan(300);
    expect(bytes(state.metrics[0])).toBeLessThan(1024);
    expect(bytes(state.rules)).toBeLessThan(1024);
  });

  test('latency stays below 8 kB with as many bounds as are kept, guards and carried counts', () => {
    const le = Array.from({ length: 60 }, (_, i) => (i + 1) / 7);
    const busy = { canary: slow(le, times(61, odd / 61)), primary: slow(le, times(61, odd / 13)) };
    const options = { errors: false, latency: { guards: le.filter((_, i) => i % 12 === 3) } } as const;
    const { state } = run(options, [...times(50, busy), { canary: slow(le, times(61, 0)), primary: busy.primary }]);
    expect(state.metrics[0]?.abort).toHaveLength(26);
    expect(bytes(state.metrics[0])).toBeGreaterThan(5000);
    expect(bytes(state.metrics[0])).toBeLessThan(8192 - 512);
  });
});
