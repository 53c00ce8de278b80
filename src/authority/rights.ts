/** Who may do what on which plan of which cluster: deny by default. Pure. */
import type { ActionVerb } from '../contract/action.ts';
import type { Grant, Server } from '../installation/index.ts';
import { globFits } from '../plan/index.ts';

/** To see a rollout, or an action. */
export type Right = ActionVerb | 'view';

/** Whose rollout it is. */
export interface RolloutTarget {
  cluster: string;
  namespace: string;
  plan: string;
}

export function allows(grants: readonly Grant[], right: Right, { cluster, namespace, plan }: RolloutTarget): boolean {
  return grants.some(
    ({ verbs, plans, clusters }) =>
      (verbs.includes('*') || verbs.includes(right)) &&
      plans.some((pattern) => fitsPlan(pattern, namespace, plan)) &&
      clusters.some((pattern) => globFits(pattern, cluster)),
  );
}

/** A server speaks for people as far as it is trusted, whatever they may themselves. */
export function mayVouch({ vouchesFor }: Server, name: string, right: Right, target: RolloutTarget): boolean {
  const { people, ...grant } = vouchesFor;
  return people.some((pattern) => globFits(pattern, name)) && allows([{ ...grant, clusters: ['*'] }], right, target);
}

function fitsPlan(pattern: string, namespace: string, plan: string): boolean {
  const [first = '', second = ''] = pattern.split('/');
  return globFits(first, namespace) && globFits(second, plan);
}
