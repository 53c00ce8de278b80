/** Callers that no route of the plan governs, when the routed Service selects canary pods. Pure. */
import type { Problem } from '../../contract/offer.ts';
import type { RouteRef } from '../../contract/plan.ts';
import { type Facts, findService, selects } from './destinations-check.ts';
import { coversService, type ServiceName, serviceOf } from './host.ts';
import type { VirtualService } from './objects.ts';

export function governance(facts: Facts, namespace: string): { problems: Problem[]; warnings: string[] } {
  const service = serviceOf(facts.plan.traffic.primary.host, namespace);
  const selector = service && findService(facts.services, service)?.spec?.selector;
  if (!service || !selector || !selects(selector, facts.labels.canaryPodLabels)) return { problems: [], warnings: [] };
  const name = `${service.namespace}/${service.name}`;
  const governed = facts.routes.some(({ ref, object }) => object && governsMesh(object, ref, service));
  if (governed) {
    return {
      problems: [],
      warnings: [`Service ${name} selects canary pods: callers without a sidecar reach the canary at every weight`],
    };
  }
  const problem = `Service ${name} selects canary pods, and no route of the plan is bound to the mesh: callers inside the cluster reach the canary at every weight`;
  if (facts.plan.traffic.allowUngoverned)
    return { problems: [], warnings: [`${problem} (allowed by spec.traffic.allowUngoverned)`] };
  const remedy = `bind a route with the host ${service.name} to the gateway "mesh", or set spec.traffic.allowUngoverned: true when only the gateway calls the Service`;
  return { problems: [{ where: `Service ${name}`, problem, remedy }], warnings: [] };
}

/** An absent list of gateways means "mesh". */
function governsMesh(object: VirtualService, ref: RouteRef, service: ServiceName): boolean {
  const gateways = object.spec?.gateways ?? [];
  const bound = gateways.length === 0 || gateways.includes('mesh');
  return bound && (object.spec?.hosts ?? []).some((host) => coversService(host, ref.namespace, service));
}
