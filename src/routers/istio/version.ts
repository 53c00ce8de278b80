import type { RouteRef } from '../../contract/plan.ts';
import type { KubeClient, Ref } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import type { VirtualService } from './objects.ts';

/** Newest first. All carry the same fields. */
const VERSIONS = ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'] as const;

/** Version that each cluster was last seen to serve. */
const served = new WeakMap<KubeClient, string>();

export function virtualServiceRef(apiVersion: string, { namespace, name }: RouteRef): Ref {
  return { apiVersion, resource: 'virtualservices', kind: 'VirtualService', namespace, name };
}

/** A VirtualService in the newest version that the cluster serves; `object` absent: there is none. */
export async function resolveVirtualService(
  client: KubeClient,
  route: RouteRef,
): Promise<{ ref: Ref; object?: VirtualService }> {
  for (const version of inOrder(client)) {
    const ref = virtualServiceRef(version, route);
    const object = await client.get<VirtualService>(ref);
    if (!object) continue;
    served.set(client, version);
    return { ref, object };
  }
  return { ref: virtualServiceRef(await servedVersion(client, route), route) };
}

/** What served last first: usually one request finds the object. */
function inOrder(client: KubeClient): string[] {
  const known = served.get(client);
  return known ? [known, ...VERSIONS.filter((version) => version !== known)] : [...VERSIONS];
}

/** There is no such object in any version: a list tells "none of them" from "no such version". */
async function servedVersion(client: KubeClient, route: RouteRef): Promise<string> {
  for (const version of inOrder(client)) {
    const options = { fieldSelector: `metadata.name=${route.name}` };
    try {
      await client.list(virtualServiceRef(version, route), options);
      return version;
    } catch (error) {
      if (!(error instanceof ClusterError && ['notFound', 'forbidden'].includes(error.reason))) throw error;
    }
  }
  return VERSIONS[0];
}
