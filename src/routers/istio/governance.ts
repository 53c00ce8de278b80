/** Callers that no route of the plan governs, when the routed Service selects canary pods. Pure. */
import type { Findings, ManagedRoute, ServiceName } from '../contract.ts';
import { coversService, serviceOfSide } from '../shared/host.ts';
import { findService, selects } from '../shared/services.ts';
import type { DestinationFacts } from './destinations-check.ts';
import type { VirtualService } from './objects.ts';

export function governance({ plan, services, labels, routes }: DestinationFacts): Findings {
  const service = serviceOfSide(plan, 'primary');
  const selector = service && findService(services, service)?.spec?.selector;
  if (!service || !selector || !selects(selector, labels.canaryPodLabels)) return { problems: [], warnings: [] };
  const where = `Service ${service.namespace}/${service.name}`;
  if (routes.some((route) => governsMesh(route, service))) {
    const warning = `${where} selects canary pods: callers without a sidecar reach the canary at every weight`;
    return { problems: [], warnings: [warning] };
  }
  const problem = `${where} selects canary pods, and no route of the plan is bound to the mesh: callers inside the cluster reach the canary at every weight`;
  if (plan.traffic.allowUngoverned)
    return { problems: [], warnings: [`${problem} (allowed by spec.traffic.allowUngoverned)`] };
  const remedy = `bind a route with the host ${service.name} to the gateway "mesh", or set spec.traffic.allowUngoverned: true when only the gateway calls the Service`;
  return { problems: [{ where, problem, remedy }], warnings: [] };
}

/** An absent list of gateways means "mesh". */
function governsMesh({ object, route }: ManagedRoute, service: ServiceName): boolean {
  const { gateways = [], hosts = [] } = (object as VirtualService).spec ?? {};
  const bound = gateways.length === 0 || gateways.includes('mesh');
  return bound && hosts.some((host) => coversService(host, route.namespace, service));
}
