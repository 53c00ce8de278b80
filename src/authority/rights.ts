/** Who may do what on which plan of which cluster: deny by default. Pure. */
import type { Right } from '../contract/action.ts';
import type { Grant, Server } from '../installation/index.ts';
import { globFits } from '../plan/index.ts';

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

/** A server speaks as far as it is trusted, whatever they may themselves. @param name of the person; absent: for a sender */
export function mayVouch(
  { vouchesFor }: Server,
  name: string | undefined,
  right: Right,
  target: RolloutTarget,
): boolean {
  const { people, ...grant } = vouchesFor;
  const speaks = name === undefined || people.some((pattern) => globFits(pattern, name));
  return speaks && allows([{ ...grant, clusters: ['*'] }], right, target);
}

function fitsPlan(pattern: string, namespace: string, plan: string): boolean {
  const [first = '', second = ''] = pattern.split('/');
  return globFits(first, namespace) && globFits(second, plan);
}
