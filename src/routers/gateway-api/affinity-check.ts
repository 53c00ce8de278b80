/** What forbids session affinity on the rules of one route, in words. Pure. */
import type { Problem } from '../../contract/offer.ts';
import type { Plan, RouteRef } from '../../contract/plan.ts';
import { addsForeignCookie, isOurs, losesCookies, matchesOf } from './affinity.ts';
import type { GatewayRoute, Match, RouteRule } from './objects.ts';
import { type ManagedReading, rulesOf } from './rules.ts';

/** Limits of the Gateway API on one route. */
const MAX_RULES = 16;
const MAX_MATCHES = 128;
const MAX_HEADERS = 16;

export function affinityProblems(
  object: GatewayRoute,
  plan: Plan,
  ref: RouteRef,
  managed: ManagedReading[],
): Problem[] {
  if (!plan.affinity) return [];
  const where = `${ref.kind} ${ref.namespace}/${ref.name}`;
  if (ref.kind === 'GRPCRoute') return [{ where, problem: NO_COOKIES, remedy: 'leave spec.affinity out' }];
  const rules = rulesOf(object).filter((rule) => !isOurs(rule, plan));
  return [
    ...roomProblems(where, rules, managed),
    ...managed.flatMap((one) => cookieProblems(`${where} spec.rules[${one.index}]`, one, plan)),
    ...managed.flatMap((one) => overtaken(where, rulesOf(object), one, managed, plan)),
  ];
}

const NO_COOKIES = 'gRPC clients keep no cookies, so nobody would stay on the canary';

/** Each managed rule gets a second one with as many matches. */
function roomProblems(where: string, rules: RouteRule[], managed: ManagedReading[]): Problem[] {
  const count = (some: RouteRule[]) => some.reduce((sum, rule) => sum + matchesOf(rule).length, 0);
  const needed = rules.length + managed.length;
  const matches = count(rules) + count(managed.map(({ rule }) => rule));
  const remedy = 'split the route, let the plan manage fewer rules, or leave spec.affinity out';
  const tooMany = (what: string, number: number, limit: number) => ({
    where,
    problem: `session affinity needs ${number} ${what} here, and the Gateway API allows ${limit}`,
    remedy,
  });
  return [
    ...(needed > MAX_RULES ? [tooMany('rules', needed, MAX_RULES)] : []),
    ...(matches > MAX_MATCHES ? [tooMany('matches', matches, MAX_MATCHES)] : []),
  ];
}

function cookieProblems(where: string, { rule, reading }: ManagedReading, plan: Plan): Problem[] {
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
  const backends = [reading.primary, reading.canary].flatMap((one) => one?.filters ?? []);
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
function overtaken(
  where: string,
  rules: RouteRule[],
  managed: ManagedReading,
  all: ManagedReading[],
  plan: Plan,
): Problem[] {
  const others = rules
    .map((rule, index) => ({ rule, index }))
    .filter(({ rule, index }) => {
      return !isOurs(rule, plan) && !all.some((one) => one.index === index);
    });
  const hit = others.find(({ rule, index }) =>
    matchesOf(rule).some((theirs) =>
      matchesOf(managed.rule).some((own) => {
        if (!samePath(theirs, own)) return false;
        const first = index < managed.index;
        return wins(rank(theirs), rank(own), first) && !wins(rank(theirs), rank(own, 1), first);
      }),
    ),
  );
  if (!hit) return [];
  const problem = `users with the cookie would go past spec.rules[${hit.index}], which takes requests from it now`;
  const remedy = `put spec.rules[${hit.index}] before it, let the plan manage that rule too, or leave spec.affinity out`;
  return [{ where: `${where} spec.rules[${managed.index}]`, problem, remedy }];
}

function samePath(a: Match, b: Match): boolean {
  const path = ({ path }: Match) => `${path?.type ?? 'PathPrefix'} ${path?.value ?? '/'}`;
  return path(a) === path(b);
}

function rank({ method, headers = [], queryParams = [] }: Match, more = 0): number[] {
  return [method === undefined ? 0 : 1, headers.length + more, queryParams.length];
}

function wins(a: number[], b: number[], first: boolean): boolean {
  const at = a.findIndex((one, index) => one !== b[index]);
  return at < 0 ? first : (a[at] ?? 0) > (b[at] ?? 0);
}
