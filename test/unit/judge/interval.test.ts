import { describe, expect, it } from 'vitest';
import type { Check } from '../../../src/contract/analysis.ts';
import { cannotPass, judgeInterval } from '../../../src/judge/interval.ts';
import { countRequests, type IntervalWindow } from '../../../src/judge/window.ts';

const RATE: Check = { name: 'success-rate', builtin: 'requestSuccessRate', min: 99 };
const P99: Check = { name: 'duration', builtin: 'requestDuration', quantile: 0.99, maxMs: 500 };
const window = (requests: number, failures: number, more: Partial<IntervalWindow> = {}): IntervalWindow => ({
  destination: { requests, failures, left: 0, fresh: true },
  histogram: [
    [100, requests],
    [Number.POSITIVE_INFINITY, requests],
  ],
  ...more,
});
const source = (requests: number, neverArrived: number, lostOnTheWay = 0, fresh = true) => ({
  requests,
  failures: neverArrived + lostOnTheWay,
  neverArrived,
  lostOnTheWay,
  left: 0,
  gaveUp: lostOnTheWay,
  unflagged: 0,
  fresh,
});

describe('an interval that can only fail', () => {
  const QUERY: Check = { name: 'lag', query: 'lag', max: 1 };
  const slow = window(40, 0, {
    histogram: [
      [100, 30],
      [800, 30],
      [Number.POSITIVE_INFINITY, 40],
    ],
  });
  const unheard = { ...window(0, 0), source: source(40, 20) };

  it.each<[string, boolean, ...Parameters<typeof cannotPass>]>([
    ['a third fails', true, [RATE], window(40, 12), 0.2],
    ['what the rest may still make good', false, [RATE], window(40, 4), 0.2],
    ['the same near the end', true, [RATE], window(200, 4), 0.95],
    ['the limit itself', false, [RATE], window(200, 2), 1],
    ['callers alone saw failures', true, [RATE], unheard, 0.2],
    ['the primary fails too', false, [RATE], window(40, 12), 0.2, window(100, 30)],
    ['a quarter is too slow', true, [P99], slow, 0.2],
    ['nobody knows what a query will say', false, [QUERY], window(40, 0, { values: { lag: { value: 9 } } }), 1],
  ])('%s', (_, certain, ...seen) => {
    expect(cannotPass(...seen)).toBe(certain);
  });
});

describe('success rate', () => {
  const judge = (w: IntervalWindow) => judgeInterval([RATE], w);

  it('passes and fails with the numbers in the sentence', () => {
    expect(judge(window(412, 0))).toMatchObject({ verdict: 'pass', sentence: 'success-rate 100 % of 412 requests' });
    expect(judge(window(412, 131)).sentence).toBe('success-rate 68.2 % of 412 requests, at least 99 % wanted');
    expect(judge(window(412, 131)).verdict).toBe('fail');
  });

  it('the limit itself passes, and a rate just below is not rounded onto it', () => {
    expect(judge(window(100, 1)).verdict).toBe('pass');
    const close = judge(window(100_000, 1_001));
    expect(close.verdict).toBe('fail');
    expect(close.sentence).toContain('98.999 %');
  });

  it.each<[string, IntervalWindow, string]>([
    ['no requests', window(0, 0), 'no requests reached the canary'],
    [
      'stale figures',
      window(9, 0, { destination: { requests: 9, failures: 0, left: 0, fresh: false } }),
      'the figures are stale',
    ],
    [
      'stale failures',
      window(9, 9, { destination: { requests: 9, failures: 9, left: 0, fresh: false } }),
      'the figures are stale',
    ],
    [
      'no Prometheus',
      window(0, 0, {
        unknown: 'Prometheus cannot be reached',
        destination: { requests: 0, failures: 0, left: 0, fresh: false },
      }),
      'Prometheus cannot be reached',
    ],
  ])('%s: no answer', (_, w, reason) => {
    expect(judge(w)).toMatchObject({ verdict: 'noAnswer', sentence: `success-rate: no answer, ${reason}` });
  });

  it('counts failures that never arrived', () => {
    expect(countRequests(window(90, 0, { source: source(100, 10) }))).toMatchObject({ requests: 100, failures: 10 });
    expect(judge(window(90, 0, { source: source(100, 10) })).verdict).toBe('fail');
  });

  it('counts what no pod has counted', () =>
    expect(countRequests(window(100, 10, { source: source(100, 0, 10) }))).toMatchObject({
      requests: 110,
      failures: 20,
    }));

  it('fails on what users suffered although no pod was heard', () => {
    const judged = judge(window(0, 0, { source: source(40, 40) }));
    expect(judged).toMatchObject({
      verdict: 'fail',
      sentence: 'success-rate 0 % of 40 requests as the callers saw them, at least 99 % wanted',
    });
  });

  it("does not pass on the callers' word alone, nor without it when it should be there", () => {
    expect(judge(window(0, 0, { source: source(1_000, 1) })).verdict).toBe('noAnswer');
    expect(judge(window(100, 0, { source: source(0, 0, 0, false), unknown: 'timeout' })).verdict).toBe('noAnswer');
    expect(judge(window(100, 50, { source: source(0, 0, 0, false) })).verdict).toBe('fail');
  });
});

describe('duration', () => {
  const judge = (histogram: [number, number][], check: Check = P99) =>
    judgeInterval([check], window(1, 0, { histogram }));
  const inf = Number.POSITIVE_INFINITY;

  it('interpolates inside the bucket', () => {
    expect(
      judge([
        [100, 0],
        [250, 100],
        [inf, 100],
      ]),
    ).toMatchObject({ verdict: 'pass', checks: [{ value: 248.5, requests: 100 }] });
    const slow = judge([
      [250, 50],
      [1_000, 100],
      [inf, 100],
    ]);
    expect(slow).toMatchObject({
      verdict: 'fail',
      sentence: 'duration p99 985 ms of 100 requests, at most 500 ms wanted',
    });
  });

  it('knows what lies beyond the last bound only as "above"', () => {
    expect(
      judge([
        [1_000, 10],
        [inf, 100],
      ]),
    ).toMatchObject({ verdict: 'fail', sentence: 'duration p99 above 1000 ms of 100 requests, at most 500 ms wanted' });
    expect(
      judge([
        [100, 10],
        [inf, 100],
      ]).verdict,
    ).toBe('noAnswer');
  });

  it('has no answer without requests', () => {
    expect(judge([]).verdict).toBe('noAnswer');
    expect(
      judge([
        [100, 0],
        [inf, 0],
      ]).verdict,
    ).toBe('noAnswer');
  });
});

it('a failure outweighs a missing answer, and a missing answer a pass', () => {
  const w = window(100, 50, { histogram: [] });
  expect(judgeInterval([P99, RATE], w).verdict).toBe('fail');
  expect(judgeInterval([P99, RATE], w).sentence).toMatch(/^success-rate 50 %/);
  expect(judgeInterval([P99, RATE], window(100, 0, { histogram: [] })).verdict).toBe('noAnswer');
  expect(judgeInterval([], w).verdict).toBe('noAnswer');
});

describe('beside the primary', () => {
  const verdicts = (canary: IntervalWindow, primary?: IntervalWindow) => {
    const { verdict, checks, sentence } = judgeInterval([RATE, P99], canary, primary);
    return { verdict, checks: checks.map((check) => check.verdict), sentence };
  };

  it('is inconclusive when the primary fails the same check', () => {
    const { verdict, checks, sentence } = verdicts(window(100, 20), window(100, 20));
    expect({ verdict, checks }).toEqual({ verdict: 'inconclusive', checks: ['inconclusive', 'pass'] });
    expect(sentence).toContain('and the primary fails it too: success-rate 80 % of 100 requests');
  });

  it('fails when the primary fails another check only', () => {
    const slow: IntervalWindow['histogram'] = [
      [100, 0],
      [1000, 100],
      [Number.POSITIVE_INFINITY, 100],
    ];
    expect(verdicts(window(100, 20), window(100, 0, { histogram: slow })).verdict).toBe('fail');
    expect(verdicts(window(100, 20, { histogram: slow }), window(100, 20)).verdict).toBe('fail');
  });

  it('fails when nothing is known of the primary, and passes whatever the primary does', () => {
    expect(verdicts(window(100, 20), window(0, 0)).verdict).toBe('fail');
    expect(verdicts(window(100, 0), window(100, 100)).verdict).toBe('pass');
  });
});

describe("a plan's own query", () => {
  const judge = (check: Partial<Check>, values: IntervalWindow['values']) =>
    judgeInterval([{ name: 'queue', query: 'q', unit: '/s', ...check } as Check], window(10, 0, { values })).checks[0];

  it('is held against a floor and a ceiling', () => {
    const limits = { min: 2, max: 5 };
    expect(judge(limits, { queue: { value: 3 } })).toMatchObject({ verdict: 'pass', value: 3, unit: '/s' });
    expect(judge(limits, { queue: { value: 1 } })).toMatchObject({
      verdict: 'fail',
      bound: 'min',
      limit: 2,
      sentence: 'queue 1 /s, at least 2 /s wanted',
    });
    expect(judge(limits, { queue: { value: 5.04 } })).toMatchObject({
      verdict: 'fail',
      bound: 'max',
      sentence: 'queue 5.04 /s, at most 5 /s wanted',
    });
  });

  it('has no answer without a number', () => {
    expect(judge({ max: 5 }, { queue: { reason: 'no series' } })).toMatchObject({
      verdict: 'noAnswer',
      sentence: 'queue: no answer, no series',
    });
    expect(judge({ max: 5 }, {})?.verdict).toBe('noAnswer');
  });
});

describe('a check by a job or a web address', () => {
  const JOB: Check = { name: 'smoke', job: { template: { spec: { containers: [] } } }, timeoutMs: 1 };
  const WEB: Check = { name: 'errors', web: { source: 'a', path: '/', pointer: '' }, max: 2 };
  const judge = (check: Check, values?: IntervalWindow['values'], primary?: IntervalWindow) =>
    judgeInterval([RATE, check], window(100, 0, { values }), primary);

  it.each<[Check, IntervalWindow['values'], string, string]>([
    [JOB, { smoke: { passed: true, sentence: 'smoke passed' } }, 'pass', 'smoke passed'],
    [JOB, { smoke: { passed: false, sentence: 'smoke: ended with 1' } }, 'fail', 'smoke: ended with 1'],
    [JOB, { smoke: { reason: 'it did not end' } }, 'noAnswer', 'smoke: no answer, it did not end'],
    [JOB, undefined, 'noAnswer', 'smoke: no answer, it was not asked'],
    [WEB, { errors: { value: 2 } }, 'pass', 'errors 2'],
    [WEB, { errors: { value: 3 } }, 'fail', 'errors 3, at most 2 wanted'],
    [WEB, { errors: { reason: 'no JSON' } }, 'noAnswer', 'errors: no answer, no JSON'],
    [WEB, {}, 'noAnswer', 'errors: no answer, it was not asked'],
  ])('$name with %j: %s', (check, values, verdict, sentence) => {
    const judged = judge(check, values);
    expect(judged.verdict).toBe(verdict);
    expect(judged.checks[1]?.sentence).toBe(sentence);
    expect(judged.checks[1]?.verdict).toBe(verdict);
  });

  it('that fails is the canary’s, as nobody asks about the primary', () => {
    const failed = { smoke: { passed: false, sentence: 'smoke: ended with 1' } };
    expect(judge(JOB, failed, window(100, 0)).verdict).toBe('fail');
  });
});
