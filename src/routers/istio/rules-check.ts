/** What forbids a rollout on the rules of one VirtualService, in words (order rule 10). Pure. */
import type { Problem } from '../../contract/offer.ts';
import type { Plan, RouteRef } from '../../contract/plan.ts';
import { affinityProblems } from './affinity-check.ts';
import { serviceOf } from './host.ts';
import {
  candidateRules,
  describeDestination,
  type ManagedRule,
  managedRules,
  pairOf,
  placeOf,
  type VirtualService,
} from './objects.ts';
import { type HttpRule, isDestination, readRule } from './rule.ts';

/** Problems of one route: missing rules, weights and mirrors of others, what its kind of rule cannot do. */
export function ruleProblems(object: VirtualService, plan: Plan, ref: RouteRef): Problem[] {
  const where = `VirtualService ${ref.namespace}/${ref.name}`;
  const rules = object.spec?.http ?? [];
  const missing = (ref.rules ?? []).filter((name) => !rules.some((rule) => rule.name === name));
  const managed = managedRules(object, plan, ref);
  return [
    ...missing.map((name) => missingRule(where, name, rules)),
    ...(managed.length === 0 && missing.length === 0 ? [noRule(where, object, plan, ref)] : []),
    ...(managed.length > 0 ? strayRules(where, object, plan, ref) : []),
    ...managed.flatMap((m) => managedProblems(`${where} ${placeOf(m)}`, m, plan, ref)),
  ];
}

function missingRule(where: string, name: string, rules: HttpRule[]): Problem {
  const names = rules.flatMap((rule) => (rule.name ? [rule.name] : []));
  return {
    where,
    problem: `no http rule is named "${name}"; ${names.length > 0 ? `there are ${names.join(', ')}` : 'none has a name'}`,
    remedy: 'correct the name in spec.traffic.routes[].rules, or leave `rules` out',
  };
}

function noRule(where: string, object: VirtualService, plan: Plan, ref: RouteRef): Problem {
  const candidates = candidateRules(object, ref);
  const targets = candidates.flatMap(({ rule }) => (rule.route ?? []).flatMap(({ destination }) => destination ?? []));
  const list = [...new Set(targets.map(describeDestination))];
  const { primary } = plan.traffic;
  const service = serviceOf(primary.host, plan.namespace);
  const full = service && `${service.name}.${service.namespace}.svc.cluster.local`;
  // Short hosts mean a Service in the route's own namespace; people who mean the plan's see how to say so.
  const elsewhere =
    full && targets.some((to) => isDestination(to, { ...primary, host: full }, ref.namespace))
      ? `, fully qualified because the route is in ${ref.namespace}: ${full}`
      : '';
  return {
    where,
    problem: `no rule routes to the primary (${describeDestination(primary)}); they route to ${list.join('; ') || 'nothing'}`,
    remedy: `route a rule to the primary, or correct spec.traffic.primary${elsewhere}`,
  };
}

/** Rules that the plan names, but that do not route to the primary. */
function strayRules(where: string, object: VirtualService, plan: Plan, ref: RouteRef): Problem[] {
  if (!ref.rules) return [];
  return candidateRules(object, ref)
    .filter(({ rule }) => readRule(rule, pairOf(plan, ref)).primary === undefined)
    .map((one) => ({
      where: `${where} ${placeOf(one)}`,
      problem: `"${one.rule.name}" does not route to the primary (${describeDestination(plan.traffic.primary)})`,
      remedy: 'route it to the primary, or take its name out of spec.traffic.routes[].rules',
    }));
}

function managedProblems(where: string, { list, rule }: ManagedRule, plan: Plan, ref: RouteRef): Problem[] {
  const reading = readRule(rule, pairOf(plan, ref));
  const problems: Problem[] = [];
  if (reading.ambiguous) {
    const remedy = 'merge the entries, so that each side has one weight';
    problems.push({ where, problem: 'lists the primary or the canary twice', remedy });
  }
  if (reading.otherWeight > 0) {
    const problem = `gives ${reading.otherWeight} % of the weight to other destinations than primary and canary`;
    problems.push({
      where,
      problem,
      remedy: 'give that weight back to the primary, or do not let the plan manage the rule',
    });
  }
  if (reading.foreignMirror) {
    const problem = `already mirrors to ${describeDestination(reading.foreignMirror)}`;
    problems.push({ where, problem, remedy: 'remove that mirror, or do not let the plan manage the rule' });
  }
  if (reading.canaryWeight > 0 && !plan.workload.adoptRunning) {
    const problem = `already routes ${reading.canaryWeight} % of the users to the canary`;
    problems.push({
      where,
      problem,
      remedy: 'set the weights to 100 for the primary and 0 for the canary, or set spec.workload.adoptRunning: true',
    });
  }
  if (list !== 'http') return [...problems, ...connectionProblems(where, list, plan)];
  return [...problems, ...affinityProblems(where, rule, plan, pairOf(plan, ref))];
}

/** Rules for connections split by weight; nothing in them copies a request or reads a cookie. */
function connectionProblems(where: string, list: 'tcp' | 'tls', plan: Plan): Problem[] {
  const asked = [
    ...(plan.mirror ? [['spec.mirror', 'mirror']] : []),
    ...(plan.affinity ? [['spec.affinity', 'keep users by a cookie']] : []),
  ];
  return asked.map(([field, verb]) => ({
    where,
    problem: `is a ${list} rule: it can split connections by weight, but not ${verb}`,
    remedy: `leave ${field} out, or name the http rules to manage in spec.traffic.routes[].rules`,
  }));
}
