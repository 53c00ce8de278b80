/** What forbids a rollout on the two Services of a plan of the Gateway API: existence, ports, pods, permission. Pure. */
import type { Side } from '../../contract/activities.ts';
import type { RouteRef } from '../../contract/plan.ts';
import type { KubeObject } from '../../kubernetes/client/client.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import type { Service } from '../../kubernetes/objects/services.ts';
import type { Findings, ManagedRoute, PodLabels } from '../contract.ts';
import { findService, joined, selectorProblems } from '../shared/services.ts';
import { pairOf } from './objects.ts';

const SIDES = ['primary', 'canary'] as const;

export interface ReferenceGrant extends KubeObject {
  spec?: {
    from?: { group?: string; kind?: string; namespace?: string }[];
    to?: { group?: string; kind?: string; name?: string }[];
  };
}

export interface ServiceFacts {
  routes: ManagedRoute[];
  labels: PodLabels;
  services: Service[];
  /** Of the namespaces of Services that are not the route's; `unreadable` names those without a right to look. */
  grants: ReferenceGrant[];
  unreadable: string[];
}

export function serviceFindings(facts: ServiceFacts): Findings {
  const sides = SIDES.map((side) => sideFindings(facts, side));
  const grants = facts.routes.flatMap((route) => SIDES.map((side) => grantFindings(facts, route, side)));
  return joined([...sides, ...grants]);
}

function sideFindings({ routes, labels, services }: ServiceFacts, side: Side): Findings {
  const [{ plan, route }] = routes as [ManagedRoute];
  const backend = pairOf(plan, route)[side];
  const where = `spec.traffic.${side}`;
  const name = describeRef({ kind: 'Service', ...backend });
  const service = findService(services, backend);
  if (!service && side === 'canary' && plan.traffic.create) {
    return { problems: [], warnings: [`${name} does not exist; it will be made, and removed at the end`] };
  }
  if (!service) {
    const remedy = `create the Service for the ${side}'s pods, or correct the plan`;
    return { problems: [{ where, problem: `${name} does not exist`, remedy }], warnings: [] };
  }
  const { selector = {}, ports = [] } = service.spec ?? {};
  const numbers = ports.map(({ port }) => port);
  const { port } = plan.traffic[side];
  const problem = `${name} has no port ${port}; it has ${numbers.join(', ') || 'none'}`;
  const missing =
    port === undefined || numbers.includes(port)
      ? []
      : [{ where, problem, remedy: `correct ${where}, or add the port` }];
  return { problems: [...missing, ...selectorProblems(side, name, selector, plan, labels)], warnings: [] };
}

/** A backend in another namespace counts only where a ReferenceGrant there allows it. */
function grantFindings({ grants, unreadable }: ServiceFacts, { plan, route }: ManagedRoute, side: Side): Findings {
  const { name, namespace } = pairOf(plan, route)[side];
  if (namespace === route.namespace || grants.some((grant) => allows(grant, route, name, namespace))) {
    return { problems: [], warnings: [] };
  }
  const where = describeRef(route);
  const what = `the ${side}'s Service ${namespace}/${name}`;
  if (unreadable.includes(namespace)) {
    const warning = `no right to list ReferenceGrants in ${namespace}: whether ${where} may use ${what} was not looked at`;
    return { problems: [], warnings: [warning] };
  }
  const problem = `no ReferenceGrant in ${namespace} lets it use ${what}`;
  const remedy = `add a ReferenceGrant in ${namespace} from ${route.kind} in ${route.namespace} to Service ${name}`;
  return { problems: [{ where, problem, remedy }], warnings: [] };
}

function allows({ metadata, spec }: ReferenceGrant, route: RouteRef, name: string, namespace: string): boolean {
  const from = (spec?.from ?? []).some(
    (one) => one.group === 'gateway.networking.k8s.io' && one.kind === route.kind && one.namespace === route.namespace,
  );
  const to = (spec?.to ?? []).some(
    (one) => (one.group ?? '') === '' && one.kind === 'Service' && (one.name === undefined || one.name === name),
  );
  return metadata.namespace === namespace && from && to;
}
