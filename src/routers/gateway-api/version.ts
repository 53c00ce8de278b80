import type { RouteKind, RouteRef } from '../../contract/plan.ts';
import type { KubeClient, Ref } from '../../kubernetes/client/client.ts';
import type { GatewayRoute } from './objects.ts';

const GROUP = 'gateway.networking.k8s.io';

/** Newest first. The versions of a kind carry the same fields. */
const VERSIONS: Partial<Record<RouteKind, readonly [string, ...string[]]>> = {
  HTTPRoute: ['v1', 'v1beta1'],
  GRPCRoute: ['v1'],
};

/** Version of each kind that each cluster was seen to serve. */
const served = new WeakMap<KubeClient, Map<RouteKind, string>>();

function routeRef(version: string, { kind, namespace, name }: RouteRef): Ref {
  return { apiVersion: `${GROUP}/${version}`, resource: `${kind.toLowerCase()}s`, kind, namespace, name };
}

/** A route in the newest version that the cluster serves; `object` absent: there is none. */
export async function resolveGatewayRoute(
  client: KubeClient,
  route: RouteRef,
): Promise<{ ref: Ref; object?: GatewayRoute }> {
  const versions = VERSIONS[route.kind];
  if (!versions) throw new RangeError(`${route.kind} is no route of the Gateway API`);
  const known = served.get(client) ?? new Map<RouteKind, string>();
  served.set(client, known);
  const seen = known.get(route.kind);
  for (const version of seen ? [seen] : versions) {
    const ref = routeRef(version, route);
    const object = await client.get<GatewayRoute>(ref);
    if (!object) continue;
    known.set(route.kind, version);
    return { ref, object };
  }
  return { ref: routeRef(seen ?? versions[0], route) };
}
