import { describe, expect, test } from 'vitest';
import { initialSteps, stepNumber } from '../../../../src/contract/steps.ts';
import type { IntervalResult, IntervalVerdict } from '../../../../src/contract/verdict.ts';
import { plural, sentenceCase } from '../../../../src/contract/words.ts';
import {
  bypassWarning,
  countInterval,
  failureThresholdReached,
  guarded,
  initialState,
  remembered,
} from '../../../../src/workflows/rollout/state.ts';
import { offerFor, planFor } from '../../../support/plan.ts';

function state() {
  return initialState(offerFor(planFor('state')), 'local', '2026-11-21T12:00:00.000Z');
}

function interval(verdict: IntervalVerdict, more: Partial<IntervalResult> = {}): IntervalResult {
  return { verdict, checks: [], from: '', to: '', requests: 100, canaryReady: 1, sentence: verdict, ...more };
}

describe('the checklist', () => {
  test('has nineteen lines, numbered from 1', () => {
    const steps = initialSteps();
    expect(steps).toHaveLength(19);
    expect(steps.map(({ number }) => number)).toEqual(Array.from({ length: 19 }, (_, index) => index + 1));
    expect(stepNumber('detect')).toBe(1);
    expect(stepNumber('failure-gate')).toBe(10);
    expect(stepNumber('report')).toBe(19);
  });
});

describe('counting intervals', () => {
  test('a failed one counts once, no answer counts in a row only, a pass forgets no failure', () => {
    const now = state();
    for (const verdict of ['fail', 'noAnswer', 'noAnswer', 'pass', 'fail'] as const)
      countInterval(now, 'mirror', interval(verdict));
    expect(now.view.failures.count).toBe(2);
    expect(now.noAnswersInARow).toBe(0);
    countInterval(now, 'mirror', interval('noAnswer'));
    expect(now.noAnswersInARow).toBe(1);
    expect(failureThresholdReached(now)).toBe(false);
    for (let n = 0; n < 3; n += 1) countInterval(now, '20 %', interval('fail'));
    expect(failureThresholdReached(now)).toBe(true);
  });

  test('an inconclusive one is no failure, and as little an answer as none', () => {
    const now = state();
    for (const verdict of ['inconclusive', 'noAnswer', 'inconclusive'] as const)
      countInterval(now, 'mirror', interval(verdict));
    expect(now.view.failures.count).toBe(0);
    expect(now.noAnswersInARow).toBe(3);
  });

  test('consecutive failures are forgotten with the first pass', () => {
    const plan = planFor('consecutive');
    const analysis = { ...plan.analysis, failureCounting: 'consecutive' as const };
    const now = initialState(offerFor({ ...plan, analysis }), 'local', '2026-11-21T12:00:00.000Z');
    for (const verdict of ['fail', 'noAnswer', 'fail'] as const) countInterval(now, 'mirror', interval(verdict));
    expect(now.view.failures.count).toBe(2);
    countInterval(now, 'mirror', interval('pass'));
    expect(now.view.failures.count).toBe(0);
  });

  test('the report keeps the last sixty', () => {
    const now = state();
    for (let n = 0; n < 75; n += 1) countInterval(now, `${n}`, interval('pass'));
    expect(now.view.intervals).toHaveLength(60);
    expect(now.view.intervals.at(-1)?.stage).toBe('74');
  });

  test('the whole state stays small and plain enough to be carried into a new run', () => {
    const now = state();
    for (let n = 0; n < 200; n += 1) countInterval(now, 'mirror', interval('fail', { sentence: 'x'.repeat(200) }));
    for (let n = 0; n < 200; n += 1) now.seenOffers = remembered(now.seenOffers, `offer-${n}`);
    expect(JSON.parse(JSON.stringify(now))).toEqual(JSON.parse(JSON.stringify(structuredClone(now))));
    expect(JSON.stringify(now).length).toBeLessThan(64_000);
  });

  test('requests past the routes are said when retries cannot explain them', () => {
    const now = state();
    countInterval(now, '20 %', interval('pass', { requests: 1_000, bypassed: -30 }));
    expect(bypassWarning(now)).toBeUndefined();
    countInterval(now, '40 %', interval('pass', { requests: 1_000, bypassed: 300 }));
    expect(bypassWarning(now)).toMatch(/About 270 of 2000 requests/);
  });
});

test('the guard has something to watch when users or copies reach the canary', () => {
  const now = state();
  expect(guarded(now)).toBe(false);
  now.view.route = { primary: 100, canary: 0, mirror: 100 };
  expect(guarded(now)).toBe(true);
  now.view.route = { primary: 60, canary: 40, mirror: 0 };
  expect(guarded(now)).toBe(true);
});

test('an offer that was seen keeps its place in the ring', () => {
  expect(remembered(['a', 'b'], 'a')).toEqual(['a', 'b']);
  const many = Array.from({ length: 100 }, (_, n) => `${n}`);
  expect(remembered(many, 'new').slice(-1)).toEqual(['new']);
  expect(remembered(many, 'new')).toHaveLength(100);
});

test('counts and sentences read well', () => {
  expect(plural(1, 'pod')).toBe('1 pod');
  expect(plural(0, 'pod')).toBe('0 pods');
  expect(sentenceCase('wait for it')).toBe('Wait for it');
});
