import type { KubeClient, Ref } from '../cluster/client.ts';
import type { RouteRef } from '../rollout/plan.ts';
import type { VirtualService } from './istio-objects.ts';

/** Newest first. All carry the same fields. */
const VERSIONS = ['networking.istio.io/v1', 'networking.istio.io/v1beta1'] as const;

/** Version that each cluster was seen to serve. */
const served = new WeakMap<KubeClient, string>();

export function virtualServiceRef(apiVersion: string, { namespace, name }: RouteRef): Ref {
  return { apiVersion, resource: 'virtualservices', kind: 'VirtualService', namespace, name };
}

/** A VirtualService in the newest version that the cluster serves; `object` absent: there is none. */
export async function resolveVirtualService(
  client: KubeClient,
  route: RouteRef,
  signal?: AbortSignal,
): Promise<{ ref: Ref; object?: VirtualService }> {
  const known = served.get(client);
  for (const version of known ? [known] : VERSIONS) {
    const ref = virtualServiceRef(version, route);
    const object = await client.get<VirtualService>(ref, signal);
    if (!object) continue;
    served.set(client, version);
    return { ref, object };
  }
  return { ref: virtualServiceRef(known ?? VERSIONS[0], route) };
}

/** Like `resolveVirtualService` for callers that read the object themselves: asks the cluster only when its version is not known. */
export async function refOf(client: KubeClient, route: RouteRef, signal?: AbortSignal): Promise<Ref> {
  const known = served.get(client);
  return known ? virtualServiceRef(known, route) : (await resolveVirtualService(client, route, signal)).ref;
}
