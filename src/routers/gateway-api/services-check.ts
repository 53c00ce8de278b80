/** What forbids a rollout on the two Services of a plan of the Gateway API: existence, ports, pods, permission. Pure. */

import type { Problem } from '../../contract/offer.ts';
import type { Plan, RouteRef } from '../../contract/plan.ts';
import type { KubeObject } from '../../kubernetes/client/client.ts';
import type { PodLabels } from '../contract.ts';
import { type Backend, pairOf } from './objects.ts';

export interface Service extends KubeObject {
  spec?: { selector?: Record<string, string>; ports?: { name?: string; port: number }[] };
}

export interface ReferenceGrant extends KubeObject {
  spec?: {
    from?: { group?: string; kind?: string; namespace?: string }[];
    to?: { group?: string; kind?: string; name?: string }[];
  };
}

export interface Facts {
  plan: Plan;
  labels: PodLabels;
  routes: RouteRef[];
  services: Service[];
  /** Of the namespaces of Services that are not the route's; `unreadable` names those without a right to look. */
  grants: ReferenceGrant[];
  unreadable: string[];
}

export interface Findings {
  problems: Problem[];
  warnings: string[];
}

type SideName = 'primary' | 'canary';

export function serviceFindings(facts: Facts): Findings {
  const [ref] = facts.routes;
  if (!ref) return { problems: [], warnings: [] };
  const pair = pairOf(facts.plan, ref);
  const sides = (['primary', 'canary'] as const).map((side) => sideFindings(facts, side, pair[side]));
  const grants = facts.routes.flatMap((route) => grantFindings(facts, route));
  const all = [...sides, ...grants];
  return { problems: all.flatMap(({ problems }) => problems), warnings: all.flatMap(({ warnings }) => warnings) };
}

function sideFindings(facts: Facts, side: SideName, backend: Backend): Findings {
  const name = `Service ${backend.namespace}/${backend.name}`;
  const service = facts.services.find(
    ({ metadata }) => metadata.name === backend.name && metadata.namespace === backend.namespace,
  );
  if (service) return { problems: existing(facts, side, service, name), warnings: [] };
  if (side === 'canary' && facts.plan.traffic.create) {
    return { problems: [], warnings: [`${name} does not exist; it will be made, and removed at the end`] };
  }
  const remedy = `create the Service for the ${side}'s pods, or correct the plan`;
  return { problems: [{ where: `spec.traffic.${side}`, problem: `${name} does not exist`, remedy }], warnings: [] };
}

function existing({ plan, labels }: Facts, side: SideName, service: Service, name: string): Problem[] {
  const where = `spec.traffic.${side}`;
  const other = side === 'primary' ? 'canary' : 'primary';
  const [own, others] =
    side === 'primary'
      ? [labels.primaryPodLabels, labels.canaryPodLabels]
      : [labels.canaryPodLabels, labels.primaryPodLabels];
  const selector = service.spec?.selector ?? {};
  const { port } = plan.traffic[side];
  const ports = (service.spec?.ports ?? []).map((one) => one.port);
  const problems: Problem[] = [];
  if (port !== undefined && !ports.includes(port)) {
    const problem = `${name} has no port ${port}; it has ${ports.join(', ') || 'none'}`;
    problems.push({ where, problem, remedy: `correct spec.traffic.${side}, or add the port` });
  }
  if (!matches(selector, own)) {
    const problem = `${name} selects pods with ${show(selector)}, but the ${side}'s pods have ${show(own)}`;
    problems.push({ where, problem, remedy: `let its selector match the pods of Deployment ${plan.workload[side]}` });
  } else if (matches(selector, others)) {
    const problem = `${name} selects pods with ${show(selector)}, and the ${other}'s pods match that too`;
    const remedy = `add a label to its selector that only the ${side}'s pods have`;
    problems.push({ where, problem, remedy });
  }
  return problems;
}

/** A Service without a selector gets no endpoints from pods. */
function matches(selector: Record<string, string>, labels: Record<string, string>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

function show(labels: Record<string, string>): string {
  return (
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',') || 'no labels'
  );
}

/** A backend in another namespace counts only where a ReferenceGrant there allows it. */
function grantFindings({ plan, grants, unreadable }: Facts, route: RouteRef): Findings[] {
  const pair = pairOf(plan, route);
  return (['primary', 'canary'] as const).map((side): Findings => {
    const { name, namespace } = pair[side];
    if (namespace === route.namespace) return { problems: [], warnings: [] };
    const what = `the ${side}'s Service ${namespace}/${name}`;
    if (unreadable.includes(namespace)) {
      const warning = `no right to list ReferenceGrants in ${namespace}: whether ${route.kind} ${route.namespace}/${route.name} may use ${what} was not looked at`;
      return { problems: [], warnings: [warning] };
    }
    if (grants.some((grant) => allows(grant, route, name, namespace))) return { problems: [], warnings: [] };
    const where = `${route.kind} ${route.namespace}/${route.name}`;
    const problem = `no ReferenceGrant in ${namespace} lets it use ${what}`;
    const remedy = `add a ReferenceGrant in ${namespace} from ${route.kind} in ${route.namespace} to Service ${name}`;
    return { problems: [{ where, problem, remedy }], warnings: [] };
  });
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
