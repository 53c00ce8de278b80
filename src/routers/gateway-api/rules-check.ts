/** What forbids a rollout on the rules of one HTTPRoute or GRPCRoute, in words (order rule 10). Pure. */
import type { Problem } from '../../contract/offer.ts';
import type { Plan, RouteRef } from '../../contract/plan.ts';
import { isOurs } from './affinity.ts';
import { affinityProblems } from './affinity-check.ts';
import { describeBackend, type GatewayRoute, pairOf, type RouteRule } from './objects.ts';
import { readRule } from './rule.ts';
import { type ManagedReading, readManaged, rulesOf } from './rules.ts';

/** Filters that a rule may have; ours is one more while the mirror is on. */
const MAX_FILTERS = 16;

export function ruleProblems(object: GatewayRoute, plan: Plan, ref: RouteRef): Problem[] {
  const where = `${ref.kind} ${ref.namespace}/${ref.name}`;
  const rules = rulesOf(object).filter((rule) => !isOurs(rule, plan));
  const missing = (ref.rules ?? []).filter((name) => !rules.some((rule) => rule.name === name));
  const managed = readManaged(object, plan, ref);
  return [
    ...missing.map((name) => missingRule(where, name, rules)),
    ...(managed.length === 0 && missing.length === 0 ? [noRule(where, plan, ref, rules)] : []),
    ...(managed.length > 0 ? strayRules(where, object, plan, ref) : []),
    ...managed.flatMap((one) => managedProblems(where, one, plan)),
    ...affinityProblems(object, plan, ref, managed),
  ];
}

function missingRule(where: string, name: string, rules: RouteRule[]): Problem {
  const names = rules.flatMap((rule) => (rule.name ? [rule.name] : []));
  return {
    where,
    problem: `no rule is named "${name}"; ${names.length > 0 ? `there are ${names.join(', ')}` : 'none has a name'}`,
    remedy: 'correct the name in spec.traffic.routes[].rules, or leave `rules` out',
  };
}

function noRule(where: string, plan: Plan, ref: RouteRef, rules: RouteRule[]): Problem {
  const { primary } = pairOf(plan, ref);
  const named = rules.filter((rule) => !ref.rules || ref.rules.includes(rule.name ?? ''));
  const seen = named.flatMap((rule) => (rule.backendRefs ?? []).map((one) => describeBackend(one, ref.namespace)));
  const list = [...new Set(seen)].join(', ') || 'nothing';
  return {
    where,
    problem: `no rule routes to the primary (${describeBackend(primary, ref.namespace)}); they route to ${list}`,
    remedy: 'route a rule to the primary, or correct spec.traffic.primary',
  };
}

/** Rules that the plan names, but that do not route to the primary. */
function strayRules(where: string, object: GatewayRoute, plan: Plan, ref: RouteRef): Problem[] {
  const pair = pairOf(plan, ref);
  const named = rulesOf(object).filter(({ name }) => name !== undefined && ref.rules?.includes(name));
  return named
    .filter((rule) => readRule(rule, pair).primary === undefined)
    .map(({ name }) => ({
      where,
      problem: `the rule "${name}" does not route to the primary (${describeBackend(pair.primary, ref.namespace)})`,
      remedy: 'route it to the primary, or take its name out of spec.traffic.routes[].rules',
    }));
}

function managedProblems(route: string, { index, rule, reading }: ManagedReading, plan: Plan): Problem[] {
  const where = `${route} spec.rules[${index}]`;
  const problems: Problem[] = [];
  const say = (problem: string, remedy: string) => problems.push({ where, problem, remedy });
  if (reading.ambiguous) {
    say("lists the primary, the canary or the canary's mirror twice", 'merge the entries, so that each is there once');
  }
  if (reading.otherWeight > 0) {
    say(
      `gives ${Number(reading.otherWeight.toFixed(1))} % of the weight to other backends than primary and canary`,
      'set their weight to 0 (an omitted weight means 1), or do not let the plan manage the rule',
    );
  }
  if (reading.primaryWeight + reading.canaryWeight === 0) {
    say('gives no weight to anybody', 'give the primary a weight of 100');
  }
  if (reading.canaryWeight > 0 && !plan.workload.adoptRunning) {
    say(
      `already routes ${Number(reading.canaryWeight.toFixed(1))} % of the users to the canary (an omitted weight means 1)`,
      'set the weights to 100 for the primary and 0 for the canary, or set spec.workload.adoptRunning: true',
    );
  }
  if (plan.mirror && reading.mirror === 0 && (rule.filters?.length ?? 0) >= MAX_FILTERS) {
    say(`has ${MAX_FILTERS} filters, so there is no room for the mirror`, 'remove one, or leave spec.mirror out');
  }
  return problems;
}
