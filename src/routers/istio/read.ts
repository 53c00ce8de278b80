/** Reads what of Istio stands beside routes: DestinationRules and ServiceEntries. */
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient, Ref } from '../../kubernetes/client/client.ts';
import { unless } from '../../kubernetes/client/errors.ts';
import { routeNamespace, servicesOf } from '../shared/host.ts';
import type { DestinationRule } from './objects.ts';

/** Objects for the whole mesh live here unless the mesh's configuration says otherwise. */
export const ROOT_NAMESPACE = 'istio-system';

export const VERSIONS = [
  'networking.istio.io/v1',
  'networking.istio.io/v1beta1',
  'networking.istio.io/v1alpha3',
] as const;
export const DESTINATION_RULES = { kind: 'DestinationRule', resource: 'destinationrules', versions: VERSIONS };
export const SERVICE_ENTRIES = { kind: 'ServiceEntry', resource: 'serviceentries', versions: VERSIONS };

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
  const places = new Set([routeNamespace(plan), ...servicesOf(plan).map(({ namespace }) => namespace), ROOT_NAMESPACE]);
  const all = [...places].map((place) => {
    const rules = client.list<DestinationRule>(destinationRuleRef(apiVersion, place));
    return place === ROOT_NAMESPACE ? unless('forbidden', rules) : rules;
  });
  return (await Promise.all(all)).flatMap((one) => one ?? []);
}
