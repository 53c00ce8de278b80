import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { StepName } from '../../contract/steps.ts';
import type { RolloutView } from '../../contract/view.ts';

const PLAN = defineSearchAttributeKey('SluicePlan', 'KEYWORD');
const ROLLOUT = defineSearchAttributeKey('SluiceRollout', 'KEYWORD');
const STATE = defineSearchAttributeKey('SluiceState', 'KEYWORD');
const STEP = defineSearchAttributeKey('SluiceStep', 'KEYWORD');
const REVISION = defineSearchAttributeKey('SluiceRevision', 'KEYWORD');

/** Makes plan, rollout and revision findable, once they are known. */
export function publishIdentity(view: RolloutView): void {
  write([
    { key: PLAN, value: view.plan },
    { key: ROLLOUT, value: view.rollout ?? '' },
    { key: REVISION, value: view.revision?.id ?? '' },
    { key: STATE, value: view.state },
  ]);
}

/** Makes the state, and the step when one begins, findable. An ended rollout's state is its outcome. */
export function publishState(view: RolloutView, step?: StepName): void {
  const state = view.state === 'ended' && view.outcome ? view.outcome.kind : view.state;
  write([{ key: STATE, value: state }, ...(step ? [{ key: STEP, value: step }] : [])]);
}

/** Each write is an event, and work for whoever lists: only what has changed. */
function write(pairs: SearchAttributePair[]): void {
  const { typedSearchAttributes: now } = workflowInfo();
  const changed = pairs.filter(({ key, value }) => now.get(key) !== value);
  if (changed.length > 0) upsertSearchAttributes(changed);
}
