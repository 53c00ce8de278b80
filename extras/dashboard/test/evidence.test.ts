import { expect, test } from 'vitest';
import { runningView } from '../../../test/support/views.ts';
import { checkSeries, comparedSeries, odds } from '../src/parts/evidence.ts';
import { timelineOf } from '../src/parts/timeline.ts';
import { endOf, eventsOf, intervalsOf, rolloutOf } from './support/recorded.ts';

const tour = eventsOf();
const ended = rolloutOf(endOf(tour));
const compared = eventsOf('v0.1.0-compared');

test('a check has its intervals and its limit, and says the last one', () => {
  const [rate, duration] = checkSeries(ended, intervalsOf(tour));
  expect(rate?.chart.lines[0]?.values.map((value) => Math.round(value ?? -1))).toEqual([100, 100, 100, 70, 70]);
  expect(rate?.chart.lines[1]?.values).toEqual([99, 99, 99, 99, 99]);
  expect(rate?.now.verdict).toBe('fail');
  expect(duration?.name).toBe('duration');
});

test('of the interval that runs the numbers so far are shown, and said to be that', () => {
  const [check] = ended.lastInterval?.checks ?? [];
  if (!check) throw new Error('it has no check');
  const interval = { elapsedMs: 1, durationMs: 5, checks: [{ ...check, value: 12 }], requests: 3, canaryReady: 1 };
  expect(checkSeries({ ...ended, live: { interval } }, [])[0]).toMatchObject({ now: { value: 12 }, unfinished: true });
});

test('canary and primary are on one scale, evidence as odds with its goals', () => {
  const series = comparedSeries(rolloutOf(endOf(compared)), intervalsOf(compared));
  expect(series?.failures.lines.map(({ kind }) => kind)).toEqual(['canary', 'primary']);
  expect(series?.odds.log).toBe(true);
  expect(series?.odds.lines.every(({ values }) => values.every((value) => value === null || value > 0))).toBe(true);
  expect(series?.odds.times.length).toBeGreaterThan(0);
});

test('not enough yet: as much again as the evidence is short of', () => {
  const comparison = {
    verdict: 'continue',
    reason: 'not-proven',
    sentence: '',
    lnAbort: 0,
    lnAbortAt: 5,
    lnPass: 2,
    lnPassAt: 6.6,
    frozen: false,
  } as const;
  const interval = { elapsedMs: 1, durationMs: 5, checks: [], requests: 61, canaryReady: 1, comparison };
  const view = rolloutOf(runningView(), { live: { interval } });
  expect(comparedSeries(view, [])?.enough).toEqual({ requests: 61, about: 200 });
  const leaning = { ...interval, comparison: { ...comparison, lnPass: -1 } };
  expect(comparedSeries({ ...view, live: { interval: leaning } }, [])?.enough).toBeUndefined();
});

test('odds are read, beyond a million as powers of ten', () => {
  expect([odds(0), odds(Math.log(100)), odds(Math.log(1234)), odds(-40), odds(40)]).toEqual([
    '1 : 1',
    '100 : 1',
    '1,200 : 1',
    '10^-18 : 1',
    '10^17 : 1',
  ]);
});

test('the timeline has people and machine in one list, newest first', () => {
  const actions = [
    { id: 'a', verb: 'pause', by: 'ann · api', reason: 'p99', at: '2026-11-30T04:08:30Z', verified: 'verified' },
  ] as const;
  const moments = timelineOf({ ...ended, actions: [...actions] });
  const times = moments.map(({ at }) => Date.parse(at));
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  // steps 5 and 6 ended in the same millisecond
  const numbers = moments.flatMap(({ what }) => (/^[56] /.test(what) ? [what.slice(0, 1)] : []));
  expect(numbers).toEqual(['6', '5']);
  expect(moments.filter(({ person }) => person).map(({ what }) => what)).toEqual([
    'pause: p99',
    'started it: faster stars',
  ]);
  expect(moments.map(({ what }) => what)).toContain(`failed: ${ended.outcome?.reason}`);
});
