/** What forbids a rollout on the rules of one HTTPRoute or GRPCRoute, in words (order rule 10). Pure. */
import type { Problem } from '../../contract/offer.ts';
import type { ManagedRoute } from '../contract.ts';
import { type RuleChecks, ruleProblems } from '../shared/rules-check.ts';
import { affinityProblems } from './affinity-check.ts';
import { routeMatchProblems } from './match-check.ts';
import { describeBackend, pairOf, type RouteRule } from './objects.ts';
import { gatewayRules } from './rules.ts';

/** Filters that a rule may have; ours is one more while the mirror is on. */
const MAX_FILTERS = 16;

const CHECKS: RuleChecks<RouteRule> = {
  called: 'rule',
  describePrimary: ({ plan, route }) => describeBackend(pairOf(plan, route).primary, route.namespace),
  targetsOf: ({ backendRefs = [] }, { namespace }) => backendRefs.map((one) => describeBackend(one, namespace)),
  twice: {
    problem: "lists the primary, the canary or the canary's mirror twice",
    remedy: 'merge the entries, so that each is there once',
  },
  omitted: ' (an omitted weight means 1)',
  more: ({ rule, reading }, where, { plan }) => {
    const full = plan.mirror && reading.mirror === 0 && (rule.filters?.length ?? 0) >= MAX_FILTERS;
    return [
      ...(full
        ? [
            {
              where,
              problem: `has ${MAX_FILTERS} filters, so there is no room for the mirror`,
              remedy: 'remove one, or leave spec.mirror out',
            },
          ]
        : []),
    ];
  },
};

export function problems(managed: ManagedRoute): Problem[] {
  return [...ruleProblems(gatewayRules, CHECKS, managed), ...affinityProblems(managed), ...routeMatchProblems(managed)];
}
