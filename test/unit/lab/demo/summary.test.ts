import { expect, test } from 'vitest';
import { rolloutLines, usersLine } from '../../../../lab/demo/summary.ts';
import type { PhaseCount } from '../../../../lab/story/index.ts';
import type { RolloutView } from '../../../../src/contract/view.ts';

test('a rollout as a table that fits 80 columns', () => {
  const view = {
    rollout: 'reviews-1',
    outcome: { kind: 'promoted', step: 19, reason: '' },
    startedAt: '2026-11-21T06:00:00Z',
    endedAt: '2026-11-21T06:01:26Z',
  } as RolloutView;
  const phases: PhaseCount[] = [
    { name: 'mirror 100 %', sent: 2362, failed: 0, byVersion: { v1: 2362 }, copies: 2350 },
    { name: 'weight 20 %', sent: 722, failed: 1, byVersion: { v1: 590, v2: 131, none: 1 }, copies: 0 },
  ];
  expect(rolloutLines({ image: 'reviews:v2', view, phases })).toEqual([
    'reviews-1  reviews:v2: promoted in 1m26s',
    '  users routed   sent  failed  by nobody  by v1  by v2  copies',
    '  mirror 100 %  2,362       0          0  2,362      0   2,350',
    '  weight 20 %     722       1          1    590    131       0',
  ]);
});

test('a bad one names its step', () => {
  const view = {
    rollout: 'reviews-2',
    outcome: { kind: 'failed', step: 10, reason: '' },
    startedAt: '',
  } as RolloutView;
  expect(rolloutLines({ image: 'reviews:v3', view, phases: [] })[0]).toBe('reviews-2  reviews:v3: failed at step 10');
});

test('users in one line', () => {
  const counts = { byStatus: {}, byError: {}, p50: 1, p99: 2 };
  expect(usersLine({ total: 3, failed: 1, byVersion: { v2: 1, v1: 1, none: 1 }, ...counts })).toBe(
    '3 user requests sent, 1 failed; answered by nobody 1, v1 1, v2 1.',
  );
});
