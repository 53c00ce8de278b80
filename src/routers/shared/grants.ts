/** Services of other namespaces that a plan or mirror leads users, copies or requests of its own to: each must allow it. */
import type { Problem } from '../../contract/offer.ts';
import type { Plan, RouteRef } from '../../contract/plan.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { isClusterError } from '../../kubernetes/client/errors.ts';
import { grantProblems, notGranted } from '../../kubernetes/objects/grants.ts';
import { serviceRef } from '../../kubernetes/objects/refs.ts';
import type { ServiceName } from '../contract.ts';
import { can } from '../registry.ts';
import { serviceOf } from './host.ts';

/** A host, and where its short form is read. `kind`: of the route that says it. */
type Named = Pick<RouteRef, 'namespace'> & { host: string; kind?: string };

/** Of a plan with what it names now; asks nothing when it stays in its namespace. */
export function planGrantProblems(
  client: KubeClient,
  plan: TargetPlan & Partial<Pick<Plan, 'during'>>,
): Promise<Problem[]> {
  const { traffic, namespace, during } = plan;
  const hosts = [traffic.primary.host, traffic.canary.host];
  const routed = traffic.routes.flatMap((route) => hosts.map((host) => ({ ...route, host })));
  const own = during ? [{ host: new URL(during.address).hostname, namespace }] : [];
  return hostGrantProblems(client, [...routed, ...own], plan);
}

/** Services that exist and do not allow it. */
export async function hostGrantProblems(
  client: KubeClient,
  named: Named[],
  owner: { namespace: string; name: string },
): Promise<Problem[]> {
  const away = named.flatMap(meant).filter(({ namespace }) => namespace !== owner.namespace);
  const each = [...new Map(away.map((one) => [`${one.namespace}/${one.name}`, one])).values()];
  const problems = await Promise.all(
    each.map(async ({ namespace, name, sure }) => {
      const ref = serviceRef(namespace, name);
      const service = await client.get(ref).catch((error: unknown) => {
        if (isClusterError(error, 'forbidden')) return 'forbidden' as const;
        throw error;
      });
      if (service === 'forbidden') return sure ? [notGranted(ref, owner)] : [];
      return service ? grantProblems(ref, service, owner) : [];
    }),
  );
  return problems.flat();
}

interface MeantService extends ServiceName {
  /** It can be nothing else; `example.com` may be a Service as well. */
  sure: boolean;
}

/**
 * Also `name.namespace`, which resolvers complete, and `pod.name.namespace.svc`. A route of the Gateway API leads out of its namespace only
 * by a ReferenceGrant there, which its implementation asks for.
 */
function meant({ host, namespace: home, kind }: Named): MeantService[] {
  const service = serviceOf(host, home);
  if (kind !== undefined && can(kind).destination === 'service' && service?.namespace !== home) return [];
  if (service) return [{ ...service, sure: true }];
  const parts = host.toLowerCase().replace(/\.$/, '').split('.');
  const end = parts.length === 2 ? 2 : parts.indexOf('svc', 2);
  const [name, namespace] = end < 2 ? [] : parts.slice(end - 2, end);
  return name && namespace ? [{ name, namespace, sure: parts.length > 2 }] : [];
}
