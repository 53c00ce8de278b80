/** Reads what of Istio stands beside routes: DestinationRules and ServiceEntries. */
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient, Ref } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import { routeNamespace, serviceOfSide } from '../shared/host.ts';
import type { DestinationRule } from './objects.ts';

/** Objects for the whole mesh live here unless the mesh's configuration says otherwise. */
export const ROOT_NAMESPACE = 'istio-system';

export function destinationRuleRef(apiVersion: string, namespace: string, name = ''): Ref {
  return { apiVersion, resource: 'destinationrules', kind: 'DestinationRule', namespace, name };
}

/**
 * Every rule of the namespaces in which Istio looks for those of a plan's two hosts. Without a permission for the mesh's own
 * namespace its rules count as absent: they rarely define subsets.
 */
export async function readDestinationRules(
  client: KubeClient,
  plan: TargetPlan,
  apiVersion: string,
): Promise<DestinationRule[]> {
  const hosts = (['primary', 'canary'] as const).flatMap((side) => serviceOfSide(plan, side) ?? []);
  const places = new Set([routeNamespace(plan), ...hosts.map(({ namespace }) => namespace), ROOT_NAMESPACE]);
  const all = [...places].map((place) => {
    const rules = client.list<DestinationRule>(destinationRuleRef(apiVersion, place));
    return place === ROOT_NAMESPACE ? allowed(rules) : rules;
  });
  return (await Promise.all(all)).flat();
}

/** Without the permission there is nothing. */
export function allowed<T>(list: Promise<T[]>): Promise<T[]> {
  return list.catch((error: unknown) => {
    if (error instanceof ClusterError && error.reason === 'forbidden') return [];
    throw error;
  });
}
