import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { StepName } from '../../contract/steps.ts';
import type { RolloutView } from '../../contract/view.ts';

const PLAN = defineSearchAttributeKey('SluicePlan', 'KEYWORD');
const ROLLOUT = defineSearchAttributeKey('SluiceRollout', 'KEYWORD');
const STATE = defineSearchAttributeKey('SluiceState', 'KEYWORD');
const STEP = defineSearchAttributeKey('SluiceStep', 'KEYWORD');
const REVISION = defineSearchAttributeKey('SluiceRevision', 'KEYWORD');

/** Makes plan, rollout and revision findable, once they are known. */
export function publishIdentity(view: RolloutView): void {
  upsertSearchAttributes([
    { key: PLAN, value: view.plan },
    { key: ROLLOUT, value: view.rollout ?? '' },
    { key: REVISION, value: view.revision?.id ?? '' },
    { key: STATE, value: view.state },
  ]);
}

/** Makes the state, and the step when one begins, findable. An ended rollout's state is its outcome. */
export function publishState(view: RolloutView, step?: StepName): void {
  const state = view.state === 'ended' && view.outcome ? view.outcome.kind : view.state;
  upsertSearchAttributes(
    step
      ? [
          { key: STATE, value: state },
          { key: STEP, value: step },
        ]
      : [{ key: STATE, value: state }],
  );
}
