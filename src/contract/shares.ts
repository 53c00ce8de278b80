/** Shares that pods make: every ready pod gets as many connections, so the canary's share is its part of all pods. Pure. */
import type { Plan } from './plan.ts';
import { plural } from './words.ts';

/** A weight as it comes out. */
export interface Reached {
  weight: number;
  /** Canary pods. */
  pods: number;
  /** Percent. */
  share: number;
}

/** Percent that a share may be away from its weight before the plan says something else than what happens. */
const FARTHEST = 10;
/** Sizes of a primary for which a remedy is looked for. */
const MOST_PODS = 100;
/** Sizes that a plan is shown for before its cluster is known. */
const SHOWN_PODS = [2, 3, 5, 10];

/** Canary pods whose share comes closest to `percent`, below 100; at least one. */
export function podsFor(primaryPods: number, percent: number): number {
  return Math.max(1, Math.round((primaryPods * percent) / (100 - percent)));
}

/** In percent. */
export function shareOf(canaryPods: number, primaryPods: number): number {
  return (100 * canaryPods) / (canaryPods + primaryPods);
}

/** @param least pods that the canary has anyhow */
export function reachedAt(weight: number, primaryPods: number, least: number): Reached {
  if (weight === 100) return { weight, pods: Math.max(least, primaryPods), share: 100 };
  const pods = Math.max(least, podsFor(primaryPods, weight));
  return { weight, pods, share: shareOf(pods, primaryPods) };
}

type SharedPlan = Pick<Plan, 'shift' | 'scale'>;

/** What each weight of a plan becomes, in its order. */
export function reachedShares({ shift, scale }: SharedPlan, primaryPods: number): Reached[] {
  return shift.weights.map((weight) => reachedAt(weight, primaryPods, scale.canary.replicas));
}

/** Weights that are far from what they become, or are the same as the one before. */
export function unreachable(reached: Reached[]): Reached[] {
  return reached.filter(({ weight, share, pods }, index) => {
    const before = reached[index - 1];
    const same = before !== undefined && weight < 100 && pods <= before.pods;
    return same || isFar({ weight, share });
  });
}

/** The share would be another one than a person means by the weight. */
export function isFar({ weight, share }: Pick<Reached, 'weight' | 'share'>): boolean {
  return Math.abs(share - weight) > FARTHEST;
}

/** The fewest primary pods beside which every weight is reached; undefined: there are none up to a hundred. */
export function leastPrimary(plan: SharedPlan): number | undefined {
  const sizes = Array.from({ length: MOST_PODS }, (_, index) => index + 1);
  return sizes.find((pods) => unreachable(reachedShares(plan, pods)).length === 0);
}

/** `20 % (1 pod), 50 % (4 pods)` */
export function describeShares(reached: Reached[]): string {
  return reached.map(({ share, pods }) => `${Math.round(share)} % (${plural(pods, 'pod')})`).join(', ');
}

/** What a plan's weights become beside primaries of some sizes, a line each; none where weights are no matter of pods. */
export function shareTable(plan: SharedPlan & Pick<Plan, 'traffic'>): string[] {
  if (plan.traffic.mode !== 'pods') return [];
  return SHOWN_PODS.map((pods) => {
    const reached = reachedShares(plan, pods);
    const far = unreachable(reached).map(({ weight }) => `${weight} %`);
    const refused = far.length > 0 ? `; refused, as ${far.join(' and ')} cannot be had` : '';
    return `beside ${plural(pods, 'primary pod')} the canary has ${describeShares(reached)}${refused}`;
  });
}
