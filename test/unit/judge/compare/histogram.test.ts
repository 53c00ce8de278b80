import { describe, expect, test } from 'vitest';
import { guardBounds } from '../../../../src/judge/compare/histogram.ts';
import type { ArmCounts } from '../../../../src/judge/compare/types.ts';
import { pair, run, slow, times } from './support.ts';

describe('histograms', () => {
  const primary = slow([0.1, 0.25, 0.5, 1], [500, 400, 80, 15, 5]);

  test('bounds that both have are compared', () => {
    const canary = slow([0.1, 0.3, 0.5, 2], [50, 40, 8, 1, 1]);
    const { state, last } = run({ latency: { guards: [0.5] } }, [{ canary, primary }]);
    expect(state.metrics[1]?.bounds).toEqual([0.1, 0.5]);
    expect(last.counted).toBe(true);
  });

  test('health is proven at the first common bound from a wanted one on, the last one beyond it', () => {
    const canary = slow([0.1, 0.3, 0.5], [60, 20, 20, 0]);
    const { state, last } = run({ latency: { guards: [0.25, 0.3, 2] } }, times(9, { canary, primary }));
    expect(state.metrics[1]?.pass.map(({ le }) => le)).toEqual([0.5]);
    expect(last.verdict).toBe('pass');
  });

  test('a bound that was there and is missing is missing data', () => {
    const both = { canary: slow([0.1, 0.25], [50, 40, 10]), primary };
    const { state } = run({ latency: { guards: [0.25] } }, [both]);
    const { outputs } = run(state, times(3, { canary: slow([0.1, 0.3], [50, 40, 10]), primary }));
    expect(outputs[2]).toMatchObject({ verdict: 'inconclusive', reason: 'missing-data' });
    expect(outputs[2]?.sentence).toContain('the bound 0.25 is not in both histograms');
  });

  test('a limit between two bounds is held against the first one above it, and says so', () => {
    const options = { latency: { unit: 'ms' as const }, guard: { latency: { le: 300, share: 0.05 } } };
    const arm = (slower: number) => slow([100, 250, 500, 1000], [100 - slower, 0, 0, slower, 0]);
    const { state, last } = run(options, times(12, { canary: arm(0), primary: arm(0) }));
    expect(state.metrics[2]?.bounds).toEqual([500]);
    expect(last.verdict).toBe('pass');
    const bad = run({ ...options, errors: false }, times(6, { canary: arm(40), primary: arm(0) })).last;
    expect(bad.verdict).toBe('abort');
    expect(bad.metrics[1]?.notes).toEqual(['the first bound from 300 ms on']);
  });

  test('a limit beyond all bounds is missing data that says why', () => {
    const arm = slow([100, 500], [90, 10, 0]);
    const options = { latency: { unit: 'ms' as const }, guard: { latency: { le: 800, share: 0.05 } } };
    const { sentence } = run(options, times(3, { canary: arm, primary: arm })).last;
    expect(sentence).toContain('no bound of the histograms is at or above the limit of 800 ms');
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
