/** What forbids a rollout on the rules of one VirtualService, in words (order rule 10). Pure. */
import type { Problem } from '../rollout/offer.ts';
import type { Plan, RouteRef } from '../rollout/plan.ts';
import { describeDestination, type ManagedRule, managedRules, pairOf, type VirtualService } from './istio-objects.ts';
import { type HttpRule, readRule } from './istio-rule.ts';

/** Problems of one route: missing rules, weights and mirrors of others. */
export function ruleProblems(object: VirtualService, plan: Plan, ref: RouteRef): Problem[] {
  const where = `VirtualService ${ref.namespace}/${ref.name}`;
  const rules = object.spec?.http ?? [];
  const missing = (ref.rules ?? []).filter((name) => !rules.some((rule) => rule.name === name));
  const managed = managedRules(object, plan, ref);
  return [
    ...missing.map((name) => missingRule(where, name, rules)),
    ...(managed.length === 0 && missing.length === 0 ? [noRule(where, plan, ref, rules)] : []),
    ...managed.flatMap((m) => managedProblems(where, m, plan, ref)),
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

function noRule(where: string, plan: Plan, ref: RouteRef, rules: HttpRule[]): Problem {
  const named = rules.filter((rule) => !ref.rules || ref.rules.includes(rule.name ?? ''));
  const targets = named.flatMap((rule) => (rule.route ?? []).map((r) => r.destination));
  const list = [...new Set(targets.flatMap((to) => (to ? [describeDestination(to)] : [])))];
  const primary = describeDestination(plan.traffic.primary);
  return {
    where,
    problem: `no http rule routes to the primary (${primary}); they route to ${list.join('; ') || 'nothing'}`,
    remedy: 'route a rule to the primary, or correct spec.traffic.primary',
  };
}

function managedProblems(object: string, { index, rule }: ManagedRule, plan: Plan, ref: RouteRef): Problem[] {
  const where = `${object} spec.http[${index}]`;
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
  return problems;
}

/** @param owner the route's claim, `<namespace>/<plan>`; absent: nobody's */
export function claimProblem(plan: Plan, ref: RouteRef, owner: string | undefined): Problem[] {
  if (!owner || owner === `${plan.namespace}/${plan.name}`) return [];
  return [
    {
      where: `VirtualService ${ref.namespace}/${ref.name}`,
      problem: `is managed by the plan ${owner}`,
      remedy: `let one plan manage it; when ${owner} is gone for good, remove the annotation sluice.dev/owner`,
    },
  ];
}
