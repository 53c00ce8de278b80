import type { FencedTarget } from '../../contract/activities.ts';
import type { WriteAs } from '../../kubernetes/writes/fenced-patch.ts';

/** Whose write an activity makes: its plan's, with the fence that the workflow took for it. */
export function writeAs({ plan, fence, uids }: FencedTarget): WriteAs {
  return { owner: plan.name, namespace: plan.namespace, fence, uids };
}
