import type { RouteIntent } from './intent.ts';
import type { CanaryNeeds } from './may-route.ts';
import type { AutoscalerBounds, Plan } from './plan.ts';
import { podsFor } from './shares.ts';

type SizedPlan = Pick<Plan, 'scale' | 'traffic'>;

/**
 * Ready canary pods that a share of `percent` needs (order rule 11): its own minimum, or the same share of the primary's
 * replicas at the start, whichever is larger. Where pods make the share, as many as make it.
 */
export function canaryCapacity({ scale, traffic }: SizedPlan, primaryReplicas: number, percent: number): number {
  const { replicas, autoscaler, matchWeight } = scale.canary;
  const least = Math.max(replicas, autoscaler?.min ?? 0);
  if (traffic.mode === 'pods' && percent < 100) return Math.max(least, podsFor(primaryReplicas, percent));
  return matchWeight ? Math.max(least, Math.ceil((primaryReplicas * percent) / 100)) : least;
}

/** The most canary pods that a rollout needs at any of its weights. */
export function largestCanary(plan: SizedPlan & Pick<Plan, 'shift'>, primaryReplicas: number): number {
  return Math.max(...plan.shift.weights.map((weight) => canaryCapacity(plan, primaryReplicas, weight)));
}

/** What the canary must be before it gets the users, or the copies, of an intent. @param proven it has passed an interval with users */
export function canaryNeeds(
  plan: SizedPlan,
  primaryReplicas: number,
  intent: RouteIntent,
  proven: boolean,
): CanaryNeeds {
  const percent = Math.max(intent.canary, intent.mirror);
  return { replicas: canaryCapacity(plan, primaryReplicas, percent), proven };
}

/**
 * Size the primary must have before users return: what it had at the start, or the canary's now when that is larger. A canary that is as
 * large as its share says nothing of the load.
 */
export function primaryCapacity({ traffic }: SizedPlan, primaryReplicas: number, canaryReplicas: number): number {
  return traffic.mode === 'pods' ? primaryReplicas : Math.max(primaryReplicas, canaryReplicas);
}

/** From this canary weight on the primary's HPA may have let it shrink so far that it cannot take everybody at once, percent. */
export const MOST_USERS = 50;

/** Ready primary pods that users may return to at once. */
export function carrierSize(primaryReplicas: number, canaryWeight: number): number {
  return canaryWeight >= MOST_USERS ? primaryReplicas : 1;
}

/** Bounds that never go below `replicas`. */
export function atLeast(bounds: AutoscalerBounds, replicas: number): AutoscalerBounds {
  const min = Math.max(bounds.min, replicas);
  return { min, max: Math.max(bounds.max, min) };
}
