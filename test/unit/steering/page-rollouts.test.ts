import { expect, it } from 'vitest';
import { queryOf } from '../../../src/steering/page-rollouts.ts';

const EVERY = "WorkflowType = 'rollout' AND (ExecutionStatus != 'ContinuedAsNew' OR SluiceState IN (";

it('keeps Temporal from reading more than is meant', () => {
  expect(queryOf({})).toMatch(EVERY.slice(0, 30));
  expect(queryOf({}).startsWith(EVERY)).toBe(true);
  expect(queryOf({ cluster: 'a', namespace: 'b', plan: 'c' })).toMatch(/ AND WorkflowId = 'rollout\/a\/b\/c'$/);
  expect(queryOf({ cluster: 'a', namespace: 'b' })).toMatch(/ AND WorkflowId STARTS_WITH 'rollout\/a\/b\/'$/);
  expect(queryOf({ cluster: 'a' })).toMatch(/ AND WorkflowId STARTS_WITH 'rollout\/a\/'$/);
  expect(queryOf({ step: 'shift', state: ['needs-you', 'lost'] })).toMatch(
    / AND SluiceStep = 'shift' AND \(\(ExecutionStatus = 'Running' AND SluiceState = 'needs-you'\) OR ExecutionStatus IN \('Failed', .*\)\)$/,
  );
});

it.each(["a' OR 'b' = 'b", 'a"', 'a b', ''])('a name is no query: %s', (cluster) => {
  const query = () => queryOf({ cluster, namespace: 'b', plan: 'c', step: cluster || "'" });
  expect(query).toThrow(RangeError);
});
