/** Reads the objects behind the two destinations of a plan: Services and DestinationRules. */

import type { Plan } from '../../contract/plan.ts';
import type { KubeClient, Ref } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import { serviceRef } from '../../kubernetes/objects/refs.ts';
import type { Service } from '../../kubernetes/objects/services.ts';
import { serviceOf } from './host.ts';
import type { DestinationRule } from './objects.ts';

/** DestinationRules for the whole mesh live here unless the mesh's configuration says otherwise. */
const ROOT_NAMESPACE = 'istio-system';

export function destinationRuleRef(apiVersion: string, namespace: string, name: string): Ref {
  return { apiVersion, resource: 'destinationrules', kind: 'DestinationRule', namespace, name };
}

/** @param namespace in which short hosts are read: the route's */
export async function readServices(client: KubeClient, { traffic }: Plan, namespace: string): Promise<Service[]> {
  const hosts = [traffic.primary, traffic.canary].flatMap(({ host }) => serviceOf(host, namespace) ?? []);
  const different = new Map(hosts.map((host) => [`${host.namespace}/${host.name}`, host]));
  const found = await Promise.all(
    [...different.values()].map((host) => client.get<Service>(serviceRef(host.namespace, host.name))),
  );
  return found.filter((service) => service !== undefined);
}

/** Every rule of the namespaces in which Istio looks for those of the two hosts. */
export async function readDestinationRules(
  client: KubeClient,
  plan: Plan,
  apiVersion: string,
  namespace: string,
): Promise<DestinationRule[]> {
  const all = await Promise.all(
    placesOf(plan, namespace).map((place) => listRules(client, apiVersion, place, place === ROOT_NAMESPACE)),
  );
  return all.flat();
}

function placesOf({ traffic }: Plan, namespace: string): string[] {
  const hosts = [traffic.primary, traffic.canary].flatMap(({ host }) => serviceOf(host, namespace) ?? []);
  return [...new Set([namespace, ...hosts.map((host) => host.namespace), ROOT_NAMESPACE])];
}

/** Without a permission for the mesh's own namespace its rules count as absent: they rarely define subsets. */
async function listRules(
  client: KubeClient,
  apiVersion: string,
  namespace: string,
  optional: boolean,
): Promise<DestinationRule[]> {
  const { name: _, ...ref } = destinationRuleRef(apiVersion, namespace, '');
  try {
    return await client.list<DestinationRule>(ref, {});
  } catch (error) {
    if (optional && error instanceof ClusterError && error.reason === 'forbidden') return [];
    throw error;
  }
}
