import { describe, expect, test } from 'vitest';
import type { RolloutRow } from '../src/parts/data.ts';
import { keepOrder, matches, sorted, stepText } from '../src/parts/list.ts';

const row = (plan: string, state: RolloutRow['state'], change: Partial<RolloutRow> = {}): RolloutRow => {
  return {
    cluster: 'local',
    namespace: 'demo',
    plan,
    rollout: `${plan}-1`,
    state,
    startedAt: '2026-11-30T04:00:00Z',
    runId: plan,
    ...change,
  };
};

const ROWS = [
  row('old', 'promoted', { endedAt: '2026-11-30T05:00:00Z' }),
  row('new', 'failed', { endedAt: '2026-11-30T06:00:00Z' }),
  row('runs', 'running', { step: 'shift' }),
  row('stuck', 'lost'),
  row('asks', 'needs-you'),
  row('held', 'paused', { namespace: 'shop' }),
];

const plans = (rows: readonly RolloutRow[]) => rows.map(({ plan }) => plan);

test('who is waited for comes first, what has ended last and newest first', () => {
  expect(plans(sorted(ROWS))).toEqual(['asks', 'stuck', 'held', 'runs', 'new', 'old']);
});

describe('the search', () => {
  test.for([
    ['', 6],
    ['ew', 1],
    ['demo/', 5],
    ['ASKS', 1],
    ['"new"', 1],
    ['"ne"', 0],
    ['!demo', 1],
    ['ns:shop', 1],
    ['ns:"sho"', 0],
    ['step:shift !runs', 0],
    ['state:paused ns:shop', 1],
    ['new-1', 1],
    ['[', 0],
  ] as const)('%s: %i', ([q, count]) => {
    expect(ROWS.filter((one) => matches(one, { q }))).toHaveLength(count);
  });

  test('a counter is a filter: going back runs', () => {
    expect(matches(row('back', 'going-back'), { state: 'running' })).toBe(true);
    expect(plans(ROWS.filter((one) => matches(one, { state: 'needs-you' })))).toEqual(['asks']);
  });
});

test('nothing moves under the pointer: rows stay where they are, what is new is counted', () => {
  const [first, second] = ROWS;
  if (!first || !second) throw new Error('two rows wanted');
  const now = [row('fresh', 'needs-you'), { ...second, state: 'needs-you' as const }];
  expect(keepOrder([first, second], now)).toEqual({ rows: [first, { ...second, state: 'needs-you' }], fresh: 1 });
});

test('a step is told with its number; what is none is not told', () => {
  expect(stepText('shift')).toBe('13/19 shift');
  expect(stepText('dance')).toBe('');
});
