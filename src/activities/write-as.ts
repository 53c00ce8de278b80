import type { WriteAs } from '../cluster/fenced-patch.ts';
import type { FencedTarget } from '../contract/activities.ts';

/** Whose write an activity makes: its plan's, with the fence that the workflow took for it. */
export function writeAs({ plan, fence }: FencedTarget): WriteAs {
  return { owner: plan.name, namespace: plan.namespace, fence };
}
