/** What forbids a rollout on the rules of one VirtualService, in words (order rule 10). Pure. */
import type { Problem } from '../../contract/offer.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { ManagedRoute } from '../contract.ts';
import { serviceOf } from '../shared/host.ts';
import { matchProblems } from '../shared/match.ts';
import { type RuleChecks, ruleProblems } from '../shared/rules-check.ts';
import { affinityProblems } from './affinity-check.ts';
import { httpMatching } from './match.ts';
import { describeDestination, type HttpRule, isDestination, pairOf } from './objects.ts';
import { istioRules } from './rules.ts';

const CHECKS: RuleChecks<HttpRule> = {
  called: 'http rule',
  describePrimary: ({ plan }) => describeDestination(plan.traffic.primary),
  targetsOf: (rule) => [...destinationsOf(rule).map(describeDestination), ...delegatesOf(rule)],
  hint: elsewhere,
  twice: {
    problem: 'lists the primary or the canary twice',
    remedy: 'merge the entries, so that each side has one weight',
  },
  more: ({ list, rule }, where, { plan, route }) =>
    list === 'http'
      ? [
          ...affinityProblems(where, rule, plan, pairOf(plan, route)),
          ...matchProblems(httpMatching(pairOf(plan, route)), where, rule, plan),
        ]
      : connectionProblems(where, list, plan),
};

export function problems(managed: ManagedRoute): Problem[] {
  return ruleProblems(istioRules, CHECKS, managed);
}

function destinationsOf({ route = [] }: HttpRule) {
  return route.flatMap(({ destination }) => destination ?? []);
}

function delegatesOf({ delegate }: HttpRule): string[] {
  return delegate ? [`the delegate ${delegate.name}`] : [];
}

/** Short hosts mean a Service in the route's own namespace; people who mean the plan's see how to say so. */
function elsewhere({ plan, route }: ManagedRoute, rules: HttpRule[]): string {
  const { primary } = plan.traffic;
  const handed = rules.find(({ delegate }) => delegate)?.delegate;
  if (handed)
    return `, or name the delegate that does in spec.traffic.routes, such as ${handed.namespace ?? route.namespace}/${handed.name}`;
  const service = serviceOf(primary.host, plan.namespace);
  const host = service && `${service.name}.${service.namespace}.svc`;
  const meant = rules
    .flatMap(destinationsOf)
    .find((to) => host && isDestination(to, { ...primary, host }, route.namespace));
  return meant ? `, fully qualified because the route is in ${route.namespace}: ${meant.host}` : '';
}

/** Rules for connections split by weight; nothing in them copies a request or reads a cookie. */
function connectionProblems(where: string, list: string, plan: TargetPlan): Problem[] {
  const asked = [
    ...(plan.mirror ? [['spec.mirror', 'mirror']] : []),
    ...(plan.affinity ? [['spec.affinity', 'keep users by a cookie']] : []),
    ...(plan.match ? [['the stages with match', 'tell users apart']] : []),
  ];
  return asked.map(([field, verb]) => ({
    where,
    problem: `is a ${list} rule: it can split connections by weight, but not ${verb}`,
    remedy: `leave ${field} out, or name the http rules to manage in spec.traffic.routes[].rules`,
  }));
}
