import { describe, expect, test } from 'vitest';
import {
  type ArmCounts,
  type CompareOptions,
  expectedRequests,
  guardBounds,
  initial,
  overdispersion,
  PRESETS,
  podSpread,
  rateInterval,
  ratioForPods,
  ratioInterval,
  startStage,
  step,
} from '../../../../src/judge/compare/index.ts';
import { pair, run, slow, times } from './support.ts';

describe('options', () => {
  test.each<[string, CompareOptions, string]>([
    ['alpha', { alpha: 1 }, 'alpha is 1: between 0 and 1 wanted'],
    ['slo', { slo: 99 }, 'slo is 99: between 0 and 1, such as 0.999 wanted'],
    ['ticks', { abortTicks: 0 }, 'abortTicks is 0: a whole number, 1 or more wanted'],
    ['deadline', { deadlineTicks: 1.5 }, 'deadlineTicks is 1.5: a whole number, 1 or more wanted'],
    [
      'ratio',
      { errors: { abort: { ratio: 0 } } },
      'errors.abort.ratio is 0: above 0 and at most 1000, such as 1.1 wanted',
    ],
    [
      'pass line below the abort line',
      { latency: { pass: { margin: 0.001 } } },
      'latency.pass.margin is 0.001: at least latency.abort.margin (0.005) wanted',
    ],
    ['overdispersion', { errors: { overdispersion: 0.5 } }, 'errors.overdispersion is 0.5: 1 or more wanted'],
    ['weight', { errors: { weight: 0 } }, 'errors.weight is 0: a number above 0 wanted'],
    ['bounds', { latency: { bounds: [2, 1] } }, 'latency.bounds is [2,1]: finite numbers that rise wanted'],
    ['guards', { latency: { bounds: [1], guards: [2] } }, 'latency.guards is 2: only numbers of latency.bounds wanted'],
    ['guard', { guard: { errors: 99 } }, 'guard.errors is 99: a share between 0 and 1, such as 0.01 wanted'],
    ['nothing', { errors: false }, 'nothing to judge: errors, latency or guard wanted'],
    ['preset', { preset: 'lax' as 'strict' }, 'preset is lax: strict, default or relaxed wanted'],
  ])('%s', (_what, options, message) => {
    expect(() => initial(options)).toThrow(new RangeError(message));
  });

  test('the objective scales the error margins; 99 % is the preset', () => {
    const lines = (options: CompareOptions) => initial(options).rules.metrics[0];
    expect(lines({ slo: 0.99 })?.abort.margin).toBeCloseTo(PRESETS.default.errors.abort.margin, 12);
    expect(lines({ slo: 0.999 })?.abort.margin).toBeCloseTo(0.0001, 12);
    expect(lines({ slo: 0.999 })?.pass?.margin).toBeCloseTo(0.0005, 12);
  });

  test('a wider abort line takes the pass line with it', () => {
    expect(initial({ errors: { abort: { ratio: 2 } } }).rules.metrics[0]?.pass?.ratio).toBe(2);
  });

  test('presets: the stricter the sooner against, the later for', () => {
    const [strict, normal, relaxed] = (['strict', 'default', 'relaxed'] as const).map(
      (preset) => run({ preset }, times(3, pair(1000, 8, 1000, 4))).last,
    );
    expect(strict?.lnAbort).toBeGreaterThan(normal?.lnAbort ?? 0);
    expect(normal?.lnAbort).toBeGreaterThan(relaxed?.lnAbort ?? 0);
    expect(strict?.lnPass).toBeLessThan(normal?.lnPass ?? 0);
    expect(normal?.lnPass).toBeLessThan(relaxed?.lnPass ?? 0);
  });

  test('weights are shares of alpha', () => {
    const options = { errors: { weight: 3 }, latency: {}, guard: { errors: 0.01 } };
    expect(initial(options).rules.metrics.map(({ weight }) => weight)).toEqual([0.6, 0.2, 0.2]);
  });
});

describe('ticks', () => {
  const good: ArmCounts = { requests: 10, errors: 1 };
  test.each<[string, ArmCounts, string]>([
    [
      'more errors than requests',
      { requests: 3, errors: 4 },
      'tick 1: canary.errors is 4: at most the 3 requests wanted',
    ],
    ['negative', { requests: -1, errors: 0 }, 'tick 1: canary.requests is -1: a count from 0 to 2^53 wanted'],
    [
      'not a number',
      { requests: 5, errors: Number.NaN },
      'tick 1: canary.errors is NaN: a count from 0 to 2^53 wanted',
    ],
    [
      'a count too few',
      { ...good, histogram: { le: [1, 2], counts: [3, 4] } },
      'tick 1: canary.histogram has 2 bounds and 2 counts: one count for each finite bound and one for all wanted',
    ],
    [
      'bounds that fall',
      { ...good, histogram: { le: [2, 1], counts: [1, 2, 3] } },
      'tick 1: canary.histogram.le[1] is 1: finite bounds that rise wanted',
    ],
  ])('%s', (_what, canary, message) => {
    expect(() => step(initial(), { tick: 1, canary, primary: good })).toThrow(new RangeError(message));
  });

  test('come once each, in order', () => {
    const { state } = step(initial(), { tick: 5, canary: good, primary: good });
    expect(() => step(state, { tick: 5, canary: good, primary: good })).toThrow(
      'tick 5 comes after tick 5: numbers that rise wanted, each tick once',
    );
  });

  test('a weight is percent; a state of another version is refused', () => {
    expect(() => startStage(initial(), { weight: 120 })).toThrow('stage weight is 120: percent from 0 to 100 wanted');
    expect(() => step({ ...initial(), version: 2 as 1 }, { tick: 1 })).toThrow('judge state has version 2: 1 wanted');
  });
});

describe('histograms', () => {
  const primary = slow([0.1, 0.25, 0.5, 1], [500, 400, 80, 15, 5]);

  test('bounds that both have are compared', () => {
    const canary = slow([0.1, 0.3, 0.5, 2], [50, 40, 8, 1, 1]);
    const { state, last } = run({ latency: { guards: [0.5] } }, [{ canary, primary }]);
    expect(state.metrics[1]?.bounds).toEqual([0.1, 0.5]);
    expect(last.counted).toBe(true);
  });

  test('a guarded bound that is missing is missing data', () => {
    const canary = slow([0.1, 0.3], [50, 40, 10]);
    const { outputs } = run({ latency: { guards: [0.25] } }, times(3, { canary, primary }));
    expect(outputs[2]).toMatchObject({ verdict: 'inconclusive', reason: 'missing-data' });
    expect(outputs[2]?.sentence).toContain('the bound 0.25 is not in both histograms');
  });

  test('a histogram that vanishes is missing data, and does not stop the error rate', () => {
    const both = { canary: slow([0.1, 0.25, 0.5, 1], [50, 40, 8, 1, 1]), primary };
    const { state } = run({ latency: {} }, [both]);
    const { outputs } = run(state, times(3, pair(150, 75, 1000, 0)));
    expect(outputs[0]?.sentence).toContain('the canary has no histogram');
    expect(outputs.at(-1)?.verdict).toBe('abort');
  });

  test('counts that fall from bound to bound are raised', () => {
    const fallen = { requests: 10, errors: 0, histogram: { le: [1, 2], counts: [6, 4, 10] } };
    const raised = { requests: 10, errors: 0, histogram: { le: [1, 2], counts: [6, 6, 10] } };
    const lnAbort = (canary: ArmCounts) =>
      run({ latency: { guards: [1] } }, [{ canary, primary: raised }]).last.lnAbort;
    expect(lnAbort(fallen)).toBe(lnAbort(raised));
  });

  test("guarded bounds are those of the primary's p50, p90, p99 and the objective", () => {
    expect(guardBounds(primary.histogram ?? { le: [], counts: [0] })).toEqual([0.1, 0.25, 1]);
    expect(guardBounds(primary.histogram ?? { le: [], counts: [0] }, 0.3)).toEqual([0.1, 0.25, 0.5, 1]);
    expect(guardBounds(slow([0.1, 0.2], [1, 1, 98]).histogram ?? { le: [], counts: [0] })).toEqual([0.2]);
    expect(guardBounds({ le: [1], counts: [0, 0] })).toEqual([]);
  });

  test('guards taken from the data prove from the next tick on', () => {
    const both = { canary: primary, primary };
    const { outputs, state } = run({ errors: false, latency: {} }, times(8, both));
    expect(state.metrics[0]?.pass.map(({ le }) => le)).toEqual([0.1, 0.25, 1]);
    expect(outputs[0]?.lnPass).toBe(0);
    expect(state.metrics[0]?.pass[0]?.k).toBe(7);
  });

  test('the bound with the most evidence is reported', () => {
    const canary = slow([0.1, 0.25, 0.5, 1], [50, 40, 0, 8, 2]);
    const { last } = run({ errors: false, latency: { unit: 's' } }, times(2, { canary, primary }));
    expect(last.metrics[0]).toMatchObject({
      le: 0.5,
      canary: { requests: 200, bad: 20 },
      primary: { requests: 2000, bad: 40 },
    });
    expect(last.sentence).toContain('canary 10 % slower than 0.5 s, primary 2 %, tolerated 2.7 %');
  });
});

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

  test('pods that differ widen the ratio, less so with many of them', () => {
    expect(podSpread(times(4, { requests: 1000, errors: 10 }))).toBe(0);
    const spread = podSpread([5000, 15_000].map((errors) => ({ requests: 1e6, errors })));
    expect(spread).toBeCloseTo(0.5, 2);
    expect(ratioForPods(1.1, spread, 1)).toBeCloseTo(Math.exp(2 * spread), 12);
    expect(ratioForPods(1.1, 0.01, 4)).toBe(1.1);
  });

  test.each([
    [0, 0, 0.05, Number.POSITIVE_INFINITY, 960],
    [0.001, 0.006, 0.05, 3200, Number.POSITIVE_INFINITY],
    [0.001, 0.051, 'mirror' as const, 264, Number.POSITIVE_INFINITY],
    [0.01, 0.01, 0.05, Number.POSITIVE_INFINITY, 2600],
    [0.05, 0.05, 'mirror' as const, Number.POSITIVE_INFINITY, 3900],
  ])('%f against %f at a share of %s', (primary, canary, share, abort, pass) => {
    const got = expectedRequests({}, { primary, canary }, share);
    expect(got.abort === abort || Math.abs(got.abort / abort - 1) < 0.25, `abort ${got.abort}`).toBe(true);
    expect(got.pass === pass || Math.abs(got.pass / pass - 1) < 0.25, `pass ${got.pass}`).toBe(true);
  });
});

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
