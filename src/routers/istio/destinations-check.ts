/** What forbids a rollout on the two destinations: subsets, Services, labels. Pure. */

import type { Problem } from '../../contract/offer.ts';
import type { Destination, Plan, RouteRef } from '../../contract/plan.ts';
import { canarySelector, isMadeBy, type Service, serviceObstacle } from '../../kubernetes/objects/services.ts';
import type { PodLabels } from '../contract.ts';
import { newSubsetRule } from './destination-rule.ts';
import { coversService, type ServiceName, serviceOf } from './host.ts';
import {
  type DestinationRule,
  describeDestination,
  managedRules,
  pairOf,
  placeOf,
  type VirtualService,
} from './objects.ts';
import { isDestination, readRule } from './rule.ts';

export interface Facts {
  plan: Plan;
  labels: PodLabels;
  /** Each route of the plan; `object` absent: it does not exist. */
  routes: { ref: RouteRef; object?: VirtualService }[];
  destinationRules: DestinationRule[];
  services: Service[];
}

/** Problems of the two destinations: subsets, Services, labels that do not tell the sides apart; and what will be made. */
export function destinationProblems(facts: Facts, namespace: string): Findings {
  const { plan, labels } = facts;
  const primary = selectionOf(facts, 'primary', namespace);
  const canary = selectionOf(facts, 'canary', namespace);
  const { primaryPodLabels, canaryPodLabels } = labels;
  return {
    problems: [
      ...primary.problems,
      ...canary.problems,
      ...(primary.labels ? labelProblems('primary', plan, primary.labels, primaryPodLabels, canaryPodLabels) : []),
      ...(canary.labels ? labelProblems('canary', plan, canary.labels, canaryPodLabels, primaryPodLabels) : []),
      ...portProblems(facts, namespace),
    ],
    warnings: [...primary.warnings, ...canary.warnings],
  };
}

export interface Findings {
  problems: Problem[];
  warnings: string[];
}

type SideName = 'primary' | 'canary';

/** `labels`: the pod labels that a destination selects; absent when they cannot be known. */
interface Selection extends Findings {
  labels?: Record<string, string>;
}

function selectionOf(facts: Facts, side: SideName, namespace: string): Selection {
  const to = facts.plan.traffic[side];
  const service = serviceOf(to.host, namespace);
  const ofService = service ? serviceSelection(facts, side, service, namespace) : { problems: [], warnings: [] };
  if (to.subset === undefined || ofService.problems.length > 0) return ofService;
  const ofSubset = subsetSelection(facts, side, service, namespace);
  return {
    ...(ofSubset.labels ? { labels: { ...ofService.labels, ...ofSubset.labels } } : {}),
    problems: ofSubset.problems,
    warnings: [...ofService.warnings, ...ofSubset.warnings],
  };
}

function serviceSelection(
  { plan, services }: Facts,
  side: SideName,
  service: ServiceName,
  namespace: string,
): Selection {
  const found = findService(services, service);
  const make = plan.traffic.create === true && side === 'canary';
  const name = `Service ${service.namespace}/${service.name}`;
  if (found && !(make && isMadeBy(found, plan))) return { labels: found.spec?.selector, problems: [], warnings: [] };
  const model = serviceOf(plan.traffic.primary.host, namespace);
  const primary = model && findService(services, model);
  const obstacle = make ? serviceObstacle(service, primary, plan) : `${name} does not exist`;
  if (obstacle || !primary) {
    const remedy = 'create the Service, or correct the host';
    return { problems: [{ where: `spec.traffic.${side}.host`, problem: obstacle ?? '', remedy }], warnings: [] };
  }
  const warnings = [
    `${name} does not exist; it will be made like ${primary.metadata.name}, for the canary's pods, and removed at the end`,
  ];
  return { labels: canarySelector(primary, plan), problems: [], warnings };
}

function subsetSelection(
  { plan, destinationRules }: Facts,
  side: SideName,
  service: ServiceName | undefined,
  namespace: string,
): Selection {
  const to = plan.traffic[side];
  const make = plan.traffic.create === true && side === 'canary';
  const rules = destinationRules
    .filter((rule) => isRuleOf(rule, to, service, namespace))
    .filter((rule) => !(make && isMadeBy(rule, plan)));
  const subsets = rules.flatMap((rule) => rule.spec?.subsets ?? []);
  const subset = subsets.find(({ name }) => name === to.subset);
  if (subset) return { labels: subset.labels ?? {}, problems: [], warnings: [] };
  const missing = missingSubset(side, to, rules, subsets);
  if (!make || !service) return { problems: [missing], warnings: [] };
  const made = newSubsetRule(plan, service, rules, '');
  if ('obstacle' in made) {
    const problem = `${missing.problem}; none can be made: ${made.obstacle}`;
    return { problems: [{ ...missing, problem }], warnings: [] };
  }
  const { name, namespace: place } = made.rule.metadata;
  const warning = `the subset "${to.subset}" of ${to.host} is not defined; it will be made as DestinationRule ${place}/${name}, and removed at the end`;
  return { labels: plan.workload.canaryLabels, problems: [], warnings: [warning] };
}

/** A rule that names a port sends the canary's share to the same port of its Service. */
function portProblems({ plan, services, routes }: Facts, namespace: string): Problem[] {
  const service = serviceOf(plan.traffic.canary.host, namespace);
  const ports = service && findService(services, service)?.spec?.ports?.map(({ port }) => port);
  if (!service || !ports) return [];
  const named = routes.flatMap(({ ref, object }) =>
    object
      ? managedRules(object, plan, ref).map((one) => ({ ref, one, entry: readRule(one.rule, pairOf(plan, ref)) }))
      : [],
  );
  return named.flatMap(({ ref, one, entry }) => {
    const number = (entry.canary ?? entry.primary)?.destination?.port?.number;
    if (number === undefined || ports.includes(number)) return [];
    return {
      where: `VirtualService ${ref.namespace}/${ref.name} ${placeOf(one)}`,
      problem: `routes to port ${number}, which Service ${service.namespace}/${service.name} of the canary does not have`,
      remedy: `give that Service the port; it has ${ports.join(', ')}`,
    };
  });
}

export function isRuleOf(
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
export function selects(selector: Record<string, string>, labels: Record<string, string>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

function showLabels(labels: Record<string, string>): string {
  const text = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return text || 'no labels';
}

export function findService(services: Service[], { name, namespace }: ServiceName): Service | undefined {
  return services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
}
