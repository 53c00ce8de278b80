/** Users who match, in rules of the Gateway API: by its precedence the rule with more header matches wins. Pure. */

import type { TargetPlan } from '../../contract/plan-parts.ts';
import { alternativesOf } from '../shared/affinity.ts';
import { serviceOf } from '../shared/host.ts';
import { conditionOf, type HeaderCondition, type Matching } from '../shared/match.ts';
import { isMadeFor } from '../shared/own-rules.ts';
import { type BackendPair, type HeaderMatch, isBackend, type RouteMatch, type RouteRule } from './objects.ts';

const telling = {
  alternativesOf: ({ matches }: RouteRule) => alternativesOf<RouteMatch>(matches, {}),
  withHeaders: (alternative: RouteMatch, headers: readonly HeaderCondition[]): RouteMatch => ({
    ...alternative,
    headers: [...(alternative.headers ?? []), ...headers.map(headerMatch)],
  }),
  hasHeaders: ({ headers = [] }: RouteMatch, wanted: readonly HeaderCondition[]) =>
    wanted.map(headerMatch).every((one) => headers.some((other) => isSame(one, other))),
  names: ({ headers = [] }: RouteMatch, header: string) => headers.some(({ name }) => name.toLowerCase() === header),
};

export function routeMatching({ canary, namespace }: BackendPair): Matching<RouteRule, RouteMatch> {
  return {
    ...telling,
    toCanary: (managed, name, alternatives) => ({
      ...managed,
      name,
      matches: alternatives,
      backendRefs: (managed.backendRefs ?? [])
        .filter((one) => isBackend(one, canary, namespace))
        .map((one) => ({ ...one, weight: 100 })),
    }),
  };
}

/** By name; where the cluster drops names of rules, by whom it takes, and that it leads to the canary alone. */
export function isMatch(rule: RouteRule, plan: TargetPlan): boolean {
  if (isMadeFor('match', rule, plan.name)) return true;
  const { name, backendRefs = [] } = rule;
  const conditions = (plan.match ?? []).map(({ match }) => match);
  const isCanary =
    backendRefs.length === 1 && backendRefs[0]?.name === serviceOf(plan.traffic.canary.host, plan.namespace)?.name;
  if (name !== undefined || conditions.length === 0 || !isCanary) return false;
  const own = { ...telling, toCanary: (one: RouteRule) => one };
  return telling.alternativesOf(rule).every((one) => conditionOf(own, one, conditions) >= 0);
}

function headerMatch({ name, exact, regex }: HeaderCondition): HeaderMatch {
  return exact === undefined
    ? { type: 'RegularExpression', name, value: regex ?? '' }
    : { type: 'Exact', name, value: exact };
}

function isSame(a: HeaderMatch, b: HeaderMatch): boolean {
  return (a.type ?? 'Exact') === (b.type ?? 'Exact') && a.name === b.name.toLowerCase() && a.value === b.value;
}
