import { expect, test } from 'vitest';
import { complaints, type HostileFacts } from '../../../../../lab/demo/hostile/verdict.ts';
import type { RolloutView } from '../../../../../src/contract/view.ts';

const view = {
  outcome: { kind: 'failed', step: 10, reason: 'because' },
  actions: [] as RolloutView['actions'],
} as RolloutView;
const felt = { backAt: 80_000, total: 11_000, failed: 1_400, failedElsewhere: 0, rate: 0.18, since: 1_100 };
const fine: HostileFacts = { view, felt, weight: 0, left: { wanted: 0, pods: 0 }, refused: 5 };

test('nothing to complain about', () => {
  expect(complaints(fine)).toEqual([]);
});

test.each<[string, Partial<HostileFacts>, RegExp]>([
  ['promoted', { view: { ...view, outcome: { kind: 'promoted', step: 19, reason: '' } } }, /otherwise: promoted/],
  ['helped', { view: { ...view, actions: [{}] } as RolloutView }, /1 times somebody/],
  ['no refusal', { refused: 0 }, /refused nothing/],
  ['a route to the canary', { weight: 60 }, /60 %/],
  ['users on the canary to the end', { felt: { ...felt, since: 99 } }, /Only 99/],
  ['a canary that was good', { felt: { ...felt, rate: 0 } }, /no request/],
  ['another failure', { felt: { ...felt, failedElsewhere: 1 } }, /1 requests failed that/],
  ['a canary that is wanted', { left: { wanted: 2, pods: 0 } }, /2 wanted/],
  ['a pod that is left', { left: { wanted: 0, pods: 1 } }, /1 pods left/],
])('%s is told', (_name, change, expected) => {
  const found = complaints({ ...fine, ...change });
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(expected);
});
