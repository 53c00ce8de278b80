/** Routes as the cluster has them, in the newest API version that it serves. */
import type { RouteRef } from '../contract/plan.ts';
import type { TargetPlan } from '../contract/plan-parts.ts';
import type { KubeClient, KubeObject, Ref } from '../kubernetes/client/client.ts';
import { ClusterError } from '../kubernetes/client/errors.ts';
import type { ResolvedRoute } from './contract.ts';
import { routerOf } from './registry.ts';

/** By kind, the version that each cluster was last seen to serve. */
const served = new WeakMap<object, Map<string, string>>();

/** @returns `object` absent: there is none */
export async function resolveRoute(client: KubeClient, route: RouteRef): Promise<{ ref: Ref; object?: KubeObject }> {
  const versions = routerOf(route).kinds[route.kind] ?? [];
  const known = served.get(client.connection ?? client) ?? new Map<string, string>();
  served.set(client.connection ?? client, known);
  const last = known.get(route.kind);
  // what served last first: usually one request finds the object
  const order = last === undefined ? versions : [last, ...versions.filter((version) => version !== last)];
  for (const version of order) {
    const ref = routeRef(version, route);
    const object = await client.get(ref);
    if (!object) continue;
    known.set(route.kind, version);
    return { ref, object };
  }
  return { ref: routeRef(await servedVersion(client, order, route), route) };
}

/** Where a route is, without a request when its kind was seen before. */
export async function findRoute(client: KubeClient, route: RouteRef): Promise<Ref> {
  const version = served.get(client.connection ?? client)?.get(route.kind);
  return version === undefined ? (await resolveRoute(client, route)).ref : routeRef(version, route);
}

export function routeRef(apiVersion: string, { kind, namespace, name }: RouteRef): Ref {
  return { apiVersion, resource: `${kind.toLowerCase()}s`, kind, namespace, name };
}

/** There is no such object in any version: a list tells "none of them" from "no such version". */
async function servedVersion(client: KubeClient, versions: readonly string[], route: RouteRef): Promise<string> {
  for (const version of versions) {
    try {
      await client.list(routeRef(version, route), { fieldSelector: `metadata.name=${route.name}` });
      return version;
    } catch (error) {
      if (!(error instanceof ClusterError && ['notFound', 'forbidden'].includes(error.reason))) throw error;
    }
  }
  return versions[0] ?? '';
}

/** Those of the plan's routes that exist. @param routes default all */
export async function readRoutes(
  client: KubeClient,
  plan: TargetPlan,
  routes: RouteRef[] = plan.traffic.routes,
): Promise<ResolvedRoute[]> {
  const all = await Promise.all(routes.map(async (route) => ({ plan, route, ...(await resolveRoute(client, route)) })));
  return all.flatMap(({ object, ...one }) => (object ? [{ ...one, object }] : []));
}
