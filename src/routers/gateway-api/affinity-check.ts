/** What forbids session affinity on the rules of one route, in words. Pure. */
import type { Problem } from '../../contract/offer.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import type { ManagedRoute } from '../contract.ts';
import { placeOf, type ReadRule, rulesOf } from '../shared/rules.ts';
import { addsForeignCookie, losesCookies, matchesOf } from './affinity.ts';
import { pairOf, type RouteMatch, type RouteRule } from './objects.ts';
import { type Placed, wins } from './precedence.ts';
import { readRule } from './rule.ts';
import { gatewayRules } from './rules.ts';

/** Limits of the Gateway API on one route. */
const MAX_RULES = 16;
const MAX_MATCHES = 128;
export const MAX_HEADERS = 16;

export function affinityProblems(route: ManagedRoute): Problem[] {
  const { object, plan, route: ref } = route;
  if (!plan.affinity) return [];
  const where = describeRef(ref);
  if (ref.kind === 'GRPCRoute') return [{ where, problem: NO_COOKIES, remedy: 'leave spec.affinity out' }];
  const managed = gatewayRules.managed(route);
  const others = rulesOf<RouteRule>(object, 'rules').filter((rule) => !gatewayRules.isOurs(rule, plan));
  return [
    ...roomProblems(where, others, managed, AFFINITY),
    ...managed.flatMap((one) => cookieProblems(`${where} ${placeOf(one)}`, one, route)),
    ...managed.flatMap((one) => overtaken(`${where} ${placeOf(one)}`, one, managed, route, AFFINITY)),
  ];
}

/** Why rules of ours stand beside the managed ones, and what more they match. */
export interface ExtraRules {
  needs: string;
  leave: string;
  users: string;
  /** For each alternative of a managed rule one of ours, with so many more headers. */
  headers: number[];
}

const AFFINITY: ExtraRules = {
  needs: 'session affinity needs',
  leave: 'leave spec.affinity out',
  users: 'users with the cookie',
  headers: [1],
};

/** One more that our rule has. */
const MORE = { name: 'Cookie', value: '' };
const NO_COOKIES = 'gRPC clients keep no cookies, so nobody would stay on the canary';

/** Each managed rule gets a second one with as many matches for each of `beside.headers`. */
export function roomProblems(
  where: string,
  rules: RouteRule[],
  managed: ReadRule<RouteRule>[],
  beside: ExtraRules,
): Problem[] {
  const count = (some: RouteRule[]) => some.reduce((sum, rule) => sum + matchesOf(rule).length, 0);
  const needed = rules.length + managed.length;
  const matches = count(rules) + beside.headers.length * count(managed.map(({ rule }) => rule));
  const remedy = `split the route, let the plan manage fewer rules, or ${beside.leave}`;
  const tooMany = (what: string, number: number, limit: number) => ({
    where,
    problem: `${beside.needs} ${number} ${what} here, and the Gateway API allows ${limit}`,
    remedy,
  });
  return [
    ...(needed > MAX_RULES ? [tooMany('rules', needed, MAX_RULES)] : []),
    ...(matches > MAX_MATCHES ? [tooMany('matches', matches, MAX_MATCHES)] : []),
  ];
}

function cookieProblems(where: string, { rule }: ReadRule<RouteRule>, { plan, route }: ManagedRoute): Problem[] {
  const headers = matchesOf(rule).map((match) => match.headers ?? []);
  const problems: Problem[] = [];
  if (headers.some((list) => list.some(({ name }) => name.toLowerCase() === 'cookie'))) {
    const problem = 'matches on the Cookie header already, and the Gateway API looks at a header once per match';
    problems.push({ where, problem, remedy: 'do not let the plan manage the rule, or leave spec.affinity out' });
  }
  if (headers.some((list) => list.length >= MAX_HEADERS)) {
    const problem = `has a match with ${MAX_HEADERS} headers, so there is no room for the cookie`;
    problems.push({ where, problem, remedy: 'match on fewer headers, or leave spec.affinity out' });
  }
  const { primary, canary } = readRule(rule, pairOf(plan, route));
  const backends = [primary, canary].flatMap((one) => one?.filters ?? []);
  if ([...backends, ...(rule.filters ?? [])].some(losesCookies)) {
    const problem = "replaces or removes the Set-Cookie header of answers, the affinity's too";
    const remedy = 'take Set-Cookie out of its ResponseHeaderModifier, or leave spec.affinity out';
    problems.push({ where, problem, remedy });
  }
  if (backends.some((filter) => addsForeignCookie(filter, plan))) {
    const problem = 'a backend sets a Set-Cookie of its own, and the Gateway API adds one value per header name';
    problems.push({ where, problem, remedy: 'let the application set that cookie, or leave spec.affinity out' });
  }
  return problems;
}

/**
 * A rule of others that takes requests from a managed one now, but not from ours with its one more header: by the precedence
 * of the Gateway API (HTTPRouteRule.matches) the same path is decided by method, then number of headers, then of query
 * parameters, then order.
 */
export function overtaken(
  where: string,
  { rule, index }: ReadRule<RouteRule>,
  managed: ReadRule<RouteRule>[],
  { object, plan }: ManagedRoute,
  beside: ExtraRules,
): Problem[] {
  const others = rulesOf<RouteRule>(object, 'rules')
    .map((one, at) => ({ one, at }))
    .filter(({ one, at }) => !gatewayRules.isOurs(one, plan) && !managed.some((own) => own.index === at));
  const hit = others.find(({ one, at }) =>
    matchesOf(one).some((match) => {
      const theirs: Placed = { match, rule: at };
      return matchesOf(rule).some((own) => {
        const after = (more: number) => ({ ...own, headers: [...(own.headers ?? []), ...Array(more).fill(MORE)] });
        return (
          samePath(match, own) &&
          wins(theirs, { match: own, rule: index }) &&
          beside.headers.some((more) => wins({ match: after(more), rule: index }, theirs))
        );
      });
    }),
  );
  if (!hit) return [];
  const problem = `${beside.users} would go past spec.rules[${hit.at}], which takes requests from it now`;
  const remedy = `put spec.rules[${hit.at}] before it, let the plan manage that rule too, or ${beside.leave}`;
  return [{ where, problem, remedy }];
}

function samePath(a: RouteMatch, b: RouteMatch): boolean {
  const path = ({ path }: RouteMatch) => `${path?.type ?? 'PathPrefix'} ${path?.value ?? '/'}`;
  return path(a) === path(b);
}
