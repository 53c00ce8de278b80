/** What forbids a rollout on the two destinations: subsets, Services, labels, callers that no route governs. Pure. */
import type { Problem } from '../rollout/offer.ts';
import type { Destination, Plan, RouteRef } from '../rollout/plan.ts';
import type { PodLabels } from './contract.ts';
import { coversService, type ServiceName, serviceOf } from './istio-host.ts';
import { type DestinationRule, describeDestination, type ServiceObject, type VirtualService } from './istio-objects.ts';
import { isDestination } from './istio-rule.ts';

export interface Facts {
  plan: Plan;
  labels: PodLabels;
  /** Each route of the plan; `object` absent: it does not exist. */
  routes: { ref: RouteRef; object?: VirtualService }[];
  destinationRules: DestinationRule[];
  services: ServiceObject[];
}

/** Problems of the two destinations: subsets, Services, labels that do not tell the sides apart. */
export function destinationProblems(facts: Facts, namespace: string): Problem[] {
  const { plan, labels } = facts;
  const primary = selectionOf(facts, 'primary', namespace);
  const canary = selectionOf(facts, 'canary', namespace);
  return [
    ...primary.problems,
    ...canary.problems,
    ...(primary.labels
      ? labelProblems('primary', plan, primary.labels, labels.primaryPodLabels, labels.canaryPodLabels)
      : []),
    ...(canary.labels
      ? labelProblems('canary', plan, canary.labels, labels.canaryPodLabels, labels.primaryPodLabels)
      : []),
  ];
}

type SideName = 'primary' | 'canary';

/** The pod labels that a destination selects; absent when they cannot be known. */
function selectionOf(
  facts: Facts,
  side: SideName,
  namespace: string,
): { labels?: Record<string, string>; problems: Problem[] } {
  const to = facts.plan.traffic[side];
  const service = serviceOf(to.host, namespace);
  const selector = service && findService(facts.services, service)?.spec?.selector;
  if (service && !findService(facts.services, service)) {
    const problem = `Service ${service.namespace}/${service.name} does not exist`;
    return {
      problems: [{ where: `spec.traffic.${side}.host`, problem, remedy: 'create the Service, or correct the host' }],
    };
  }
  if (to.subset === undefined) return { labels: selector, problems: [] };
  const rules = facts.destinationRules.filter((rule) => isRuleOf(rule, to, service, namespace));
  const subsets = rules.flatMap((rule) => rule.spec?.subsets ?? []);
  const subset = subsets.find(({ name }) => name === to.subset);
  if (!subset) return { problems: [missingSubset(side, to, rules, subsets)] };
  return { labels: { ...selector, ...subset.labels }, problems: [] };
}

function isRuleOf(
  rule: DestinationRule,
  to: Destination,
  service: ServiceName | undefined,
  namespace: string,
): boolean {
  const host = rule.spec?.host ?? '';
  const own = rule.metadata.namespace ?? namespace;
  if (service) return coversService(host, own, service);
  return isDestination({ host }, { host: to.host }, namespace);
}

function missingSubset(
  side: SideName,
  to: Destination,
  rules: DestinationRule[],
  subsets: { name: string }[],
): Problem {
  const seen = rules.map((rule) => `${rule.metadata.namespace}/${rule.metadata.name}`).join(', ');
  const names = subsets.map(({ name }) => name).join(', ') || 'none';
  const known = rules.length > 0 ? `${seen} has ${names}` : `no DestinationRule is for the host ${to.host}`;
  return {
    where: `spec.traffic.${side}.subset`,
    problem: `no DestinationRule defines the subset "${to.subset}" of ${to.host}; ${known}`,
    remedy: `add the subset with the ${side}'s pod labels to a DestinationRule for ${to.host}, or correct the name`,
  };
}

function labelProblems(
  side: SideName,
  plan: Plan,
  selected: Record<string, string>,
  own: Record<string, string>,
  others: Record<string, string>,
): Problem[] {
  const where = `spec.traffic.${side}`;
  const name = describeDestination(plan.traffic[side]);
  const other = side === 'primary' ? 'canary' : 'primary';
  if (!selects(selected, own)) {
    const problem = `${name} selects pods with ${showLabels(selected)}, but the ${side}'s pods have ${showLabels(own)}`;
    return [{ where, problem, remedy: `let the subset's labels match the pods of Deployment ${plan.workload[side]}` }];
  }
  if (!selects(selected, others)) return [];
  const problem = `${name} selects pods with ${showLabels(selected)}, and the ${other}'s pods match that too`;
  const remedy = "give the subset a label that only its own side has (spec.workload.canaryLabels sets the canary's)";
  return [{ where, problem, remedy }];
}

/** A selector without labels selects nothing here: Kubernetes gives such a Service no endpoints. */
function selects(selector: Record<string, string>, labels: Record<string, string>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

function showLabels(labels: Record<string, string>): string {
  const text = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return text || 'no labels';
}

function findService(services: ServiceObject[], { name, namespace }: ServiceName): ServiceObject | undefined {
  return services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
}

/** Callers that no route of the plan governs, when the routed Service selects canary pods. */
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
