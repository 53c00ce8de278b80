import { expect, test } from 'vitest';
import { complaints, type DemoFacts } from '../../../../lab/demo/verdict.ts';
import type { Outcome, RolloutView } from '../../../../src/contract/view.ts';

const ended = (kind: Outcome['kind'], step: number): RolloutView =>
  ({ outcome: { kind, step, reason: 'because' }, sentence: 'ended' }) as RolloutView;

const users = {
  total: 9_000,
  failed: 0,
  byVersion: { v1: 4_000, v2: 5_000 },
  byStatus: { 200: 9_000 },
  byError: {},
  p50: 1,
  p99: 5,
};

const fine: DemoFacts = {
  good: ended('promoted', 19),
  bad: ended('failed', 10),
  users,
  badCopies: 1_500,
  badVersion: 'v3',
};

test('nothing to complain about', () => {
  expect(complaints(fine)).toEqual([]);
});

test.each<[string, Partial<DemoFacts>, RegExp]>([
  ['the good version not promoted', { good: ended('failed', 9) }, /good version was not promoted: failed at step 9/],
  ['the bad version promoted', { bad: ended('promoted', 19) }, /not stopped at step 10: promoted/],
  ['the bad version stopped elsewhere', { bad: ended('failed', 7) }, /not stopped at step 10/],
  ['a failed request', { users: { ...users, failed: 1 } }, /^1 of 9000 user requests failed/],
  ['no request at all', { users: { ...users, total: 0 } }, /No user/],
  ['an answer of the bad version', { users: { ...users, byVersion: { v3: 2 } } }, /^2 user requests were answered by/],
  ['hardly a copy', { badCopies: 499 }, /499 copies/],
])('%s is told', (_name, change, expected) => {
  const found = complaints({ ...fine, ...change });
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(expected);
});
