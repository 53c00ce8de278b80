import { expect, test } from 'vitest';
import { sparedBy } from '../src/parts/spared.ts';
import { eventsOf, intervalsOf } from './support/recorded.ts';

const recorded = intervalsOf(eventsOf());
const [mirrored] = recorded;

test('the recorded rollout: what failed at 60 %, and what of the others would have', () => {
  // 272 requests at 55.2 % seen and 182 at 61.1 %, of which 29.8 and 30.2 % failed
  const failed = recorded.filter(({ verdict }) => verdict === 'fail');
  const hit = failed.reduce((sum, { requests, checks }) => sum + requests * (1 - (checks[0]?.value ?? 0) / 100), 0);
  const stayed = failed.reduce((sum, { requests, checks, observedWeight = 60 }) => {
    return sum + ((requests * (100 - observedWeight)) / observedWeight) * (1 - (checks[0]?.value ?? 0) / 100);
  }, 0);
  expect(failed).toHaveLength(2);
  expect(sparedBy(recorded)).toEqual({ spared: Math.round(stayed), hit: Math.round(hit) });
  expect(sparedBy(recorded)?.hit).toBe(136);
});

test('a copy that fails spares a user, and hits none', () => {
  if (!mirrored) throw new Error('nothing was mirrored');
  const checks = mirrored.checks.map((check) => (check.unit === '%' ? { ...check, value: 90 } : check));
  expect(sparedBy([{ ...mirrored, requests: 500, checks }])).toEqual({ spared: 50, hit: 0 });
});

test('what the primary fails too is nobody’s sparing', () => {
  const tick = {
    at: '',
    lnAbort: 0,
    lnPass: 0,
    canary: { requests: 100, errors: 20 },
    primary: { requests: 300, errors: 30 },
  };
  const comparison = { ticks: [tick] } as unknown as (typeof recorded)[number]['comparison'];
  const [, live] = recorded;
  if (!live) throw new Error('nothing was live');
  // a quarter of the users on the canary: 300 stayed, a tenth more of them would have failed
  expect(sparedBy([{ ...live, stage: '25 %', observedWeight: 25, requests: 100, comparison }])).toEqual({
    spared: 30,
    hit: 10,
  });
});

test('without a share of failures nothing is said', () => {
  const silent = recorded.map((interval) => ({
    ...interval,
    checks: interval.checks.filter(({ unit }) => unit !== '%'),
  }));
  expect(sparedBy(silent)).toBeUndefined();
});
