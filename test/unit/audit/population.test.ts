import { expect, test } from 'vitest';
import { factsOf, gaps } from '../../../src/audit/population.ts';
import type { AuditRecord } from '../../../src/audit/record.ts';

const all = { since: '2026-11-01T00:00:00.000Z', until: '2026-12-01T00:00:00.000Z' };
const known = (...days: [epoch: number, day: number][]) =>
  days.map(([epoch, day]) => ({ epoch, startedAt: `2026-11-${String(day).padStart(2, '0')}T00:00:00.000Z` }));

test('numbers without a history are named, with the time in which they began', () => {
  expect(gaps('reviews', known([1, 2], [2, 3], [3, 4]), all)).toEqual([]);
  expect(gaps('reviews', known([1, 2], [4, 5], [5, 6]), all)).toEqual([
    {
      rollout: 'reviews-2 to reviews-3',
      missing: 'Temporal has no history of it; it began between 2026-11-02T00:00:00.000Z and 2026-11-05T00:00:00.000Z',
    },
  ]);
  expect(gaps('reviews', known([3, 4]), all).map(({ rollout }) => rollout)).toEqual(['reviews-1 to reviews-2']);
});

test('a gap that cannot be in the time is not told', () => {
  const rollouts = known([1, 2], [3, 10]);
  const of = (since: number, until: number) =>
    gaps('reviews', rollouts, {
      since: known([0, since])[0]?.startedAt ?? '',
      until: known([0, until])[0]?.startedAt ?? '',
    });
  expect(of(3, 4)).toHaveLength(1);
  expect(of(11, 12)).toEqual([]);
  expect(of(1, 2)).toEqual([]);
});

test('what people decided and what was not proven is taken out of the records', () => {
  const record = (what: string, who: string, why?: string): AuditRecord => ({
    at: '2026-11-02T00:00:00.000Z',
    who,
    what,
    why,
    result: 'taken',
    run: 'r',
    event: 1,
  });
  const records = [
    record('deploy event reviews:v2', 'ci (unverified)'),
    record('set-weight', 'ann · cli (verified)', 'slower'),
    record('pause', 'mo · cli (unverified)'),
    record('abort', 'temporal (unverified), 1@host'),
    record('promotes nothing', 'sluice'),
  ];
  const told = { workflow: 'rollout/local/demo/reviews', cluster: 'local', image: 'reviews:v2', records };
  expect(factsOf(told)).toMatchObject({
    image: 'reviews:v2',
    by: 'ci (unverified)',
    overrides: ['2026-11-02T00:00:00.000Z set-weight by ann · cli (verified): slower (taken)'],
    unproven: [expect.stringContaining('pause by mo'), expect.stringContaining('abort by temporal')],
  });
});
