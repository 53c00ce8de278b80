/** What forbids a rollout on the two destinations: subsets, Services, labels. Pure. */
import type { Side } from '../../contract/activities.ts';
import type { Problem } from '../../contract/offer.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import { canarySelector, isMadeBy, type Service, serviceObstacle } from '../../kubernetes/objects/services.ts';
import type { Findings, ManagedRoute, PodLabels, Selection, ServiceName } from '../contract.ts';
import { serviceOfSide } from '../shared/host.ts';
import { placeOf } from '../shared/rules.ts';
import { findService, selectorProblems } from '../shared/services.ts';
import { isRuleFor, newSubsetRule } from './destination-rule.ts';
import { type DestinationRule, describeDestination, pairOf } from './objects.ts';
import { readRule } from './rule.ts';
import { istioRules } from './rules.ts';

export interface DestinationFacts {
  plan: TargetPlan;
  labels: PodLabels;
  routes: ManagedRoute[];
  destinationRules: DestinationRule[];
  services: Service[];
  /** Of the mesh. */
  domain: string;
}

/** Subsets, Services and labels that do not tell the sides apart; and what will be made. */
export function destinationFindings(facts: DestinationFacts): Findings {
  const { plan, labels } = facts;
  const sides = { primary: selectionOf(facts, 'primary'), canary: selectionOf(facts, 'canary') };
  const apart = (['primary', 'canary'] as const).flatMap((side) => {
    const selector = sides[side].labels;
    return selector ? selectorProblems(side, describeDestination(plan.traffic[side]), selector, plan, labels) : [];
  });
  return {
    problems: [...sides.primary.problems, ...sides.canary.problems, ...apart, ...portProblems(facts)],
    warnings: [...sides.primary.warnings, ...sides.canary.warnings],
  };
}

type Selected = Findings & Selection;

function selectionOf(facts: DestinationFacts, side: Side): Selected {
  const service = serviceOfSide(facts.plan, side);
  const ofService = service ? serviceSelection(facts, side, service) : { problems: [], warnings: [] };
  if (facts.plan.traffic[side].subset === undefined || ofService.problems.length > 0) return ofService;
  const ofSubset = subsetSelection(facts, side, service);
  return {
    ...(ofSubset.labels ? { labels: { ...ofService.labels, ...ofSubset.labels } } : {}),
    problems: ofSubset.problems,
    warnings: [...ofService.warnings, ...ofSubset.warnings],
  };
}

function serviceSelection({ plan, services }: DestinationFacts, side: Side, service: ServiceName): Selected {
  const found = findService(services, service);
  const make = isMade(plan, side);
  if (found && !(make && isMadeBy(found, plan))) return { labels: found.spec?.selector, problems: [], warnings: [] };
  const model = serviceOfSide(plan, 'primary');
  const primary = model && findService(services, model);
  const missing = `${describeRef({ kind: 'Service', ...service })} does not exist`;
  const obstacle = make ? serviceObstacle(service, primary, plan) : missing;
  if (obstacle || !primary) {
    const remedy = 'create the Service, or correct the host';
    return { problems: [{ where: `spec.traffic.${side}.host`, problem: obstacle ?? '', remedy }], warnings: [] };
  }
  const warning = `${missing}; it will be made like ${primary.metadata.name}, for the canary's pods, and removed at the end`;
  return { labels: canarySelector(primary, plan), problems: [], warnings: [warning] };
}

function isMade({ traffic }: TargetPlan, side: Side): boolean {
  return traffic.create === true && side === 'canary';
}

function subsetSelection(
  { plan, destinationRules, domain }: DestinationFacts,
  side: Side,
  service: ServiceName | undefined,
): Selected {
  const { host, subset } = plan.traffic[side];
  const make = isMade(plan, side);
  const rules = destinationRules
    .filter((rule) => isRuleFor(rule, host, service, plan, domain))
    .filter((rule) => !(make && isMadeBy(rule, plan)));
  const found = rules.flatMap(({ spec }) => spec?.subsets ?? []).find(({ name }) => name === subset);
  if (found) return { labels: found.labels ?? {}, problems: [], warnings: [] };
  const missing = missingSubset(plan, side, rules);
  if (!make || !service) return { problems: [missing], warnings: [] };
  const made = newSubsetRule(plan, service, rules, '');
  if ('obstacle' in made) {
    const problem = `${missing.problem}; none can be made: ${made.obstacle}`;
    return { problems: [{ ...missing, problem }], warnings: [] };
  }
  const { name, namespace } = made.rule.metadata;
  const warning = `the subset "${subset}" of ${host} is not defined; it will be made as DestinationRule ${namespace}/${name}, and removed at the end`;
  return { labels: plan.workload.canaryLabels, problems: [], warnings: [warning] };
}

function missingSubset({ traffic }: TargetPlan, side: Side, rules: DestinationRule[]): Problem {
  const { host, subset } = traffic[side];
  const seen = rules.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(', ');
  const names = rules.flatMap(({ spec }) => spec?.subsets ?? []).map(({ name }) => name);
  const known = seen ? `${seen} has ${names.join(', ') || 'none'}` : `no DestinationRule is for the host ${host}`;
  return {
    where: `spec.traffic.${side}.subset`,
    problem: `no DestinationRule defines the subset "${subset}" of ${host}; ${known}`,
    remedy: `add the subset with the ${side}'s pod labels to a DestinationRule for ${host}, or correct the name`,
  };
}

/** A rule that names a port sends the canary's share to the same port of its Service. */
function portProblems({ plan, services, routes }: DestinationFacts): Problem[] {
  const service = serviceOfSide(plan, 'canary');
  const ports = service && findService(services, service)?.spec?.ports?.map(({ port }) => port);
  if (!service || !ports) return [];
  return routes.flatMap((managed) =>
    istioRules.managed(managed).flatMap((one): Problem[] => {
      const { primary, canary } = readRule(one.rule, pairOf(plan, managed.route));
      const number = (canary ?? primary)?.destination?.port?.number;
      if (number === undefined || ports.includes(number)) return [];
      const where = `${describeRef(managed.route)} ${placeOf(one)}`;
      const problem = `routes to port ${number}, which Service ${service.namespace}/${service.name} of the canary does not have`;
      return [{ where, problem, remedy: `give that Service the port; it has ${ports.join(', ')}` }];
    }),
  );
}
