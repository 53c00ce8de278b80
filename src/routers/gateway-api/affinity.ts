/**
 * Session affinity on an HTTPRoute: a rule of ours before each managed rule, which takes the users who show the cookie, and
 * a `Set-Cookie` on one backend alone. By the precedence of the Gateway API the rule with one more header match wins. Pure.
 */
import type { AffinityIntent } from '../../contract/intent.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import { affinityPlanOf, alternativesOf, cookiePattern, setCookie, valueOfPattern } from '../shared/affinity.ts';
import { isMadeFor } from '../shared/own-rules.ts';
import type { AffinityOf, AffinityReading, PlacedRule } from '../shared/rules.ts';
import {
  type BackendPair,
  type BackendRef,
  type Filter,
  isBackend,
  type RouteMatch,
  type RouteRule,
} from './objects.ts';
import { readRule } from './rule.ts';

const SET_COOKIE = 'Set-Cookie';
const MODIFIER = 'ResponseHeaderModifier';
const BROKEN: AffinityReading = { odd: 'a rule or cookie of session affinity that Sluice did not write so' };

/** By name; where the cluster drops names of rules, by the cookie that its matches ask for. */
export function isAffinity(rule: RouteRule, plan: TargetPlan): boolean {
  return isMadeFor('affinity', rule, plan.name) || cookieValue(rule, plan) !== undefined;
}

/** The rollout whose users the rule takes; undefined unless every match asks for the same one. */
function cookieValue({ matches = [] }: RouteRule, { affinity }: TargetPlan): string | undefined {
  if (!affinity || matches.length === 0) return undefined;
  const values = matches.map(({ headers = [] }) => {
    const cookie = headers.find(({ name, type }) => isName(name, 'Cookie') && type === 'RegularExpression');
    return cookie && valueOfPattern(affinity.cookie, cookie.value);
  });
  return values.every((one) => one === values[0]) ? values[0] : undefined;
}

function isName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export function matchesOf({ matches }: RouteRule): RouteMatch[] {
  return alternativesOf<RouteMatch>(matches, {});
}

/** The managed rule has its weights already; the canary's answers are marked while users are kept. */
export function withAffinity(rule: RouteRule, of: AffinityOf<BackendPair>): RouteRule[] {
  const { plan, pair, affinity } = of;
  const text = affinity?.phase === 'keep' ? setCookie(affinityPlanOf(plan), affinity) : undefined;
  const backendRefs = rule.backendRefs?.map((one) =>
    isBackend(one, pair.canary, pair.namespace) ? withCookie(withoutCookie(one, plan), text) : one,
  );
  const managed = backendRefs ? { ...rule, backendRefs } : rule;
  return affinity ? [ownRule(managed, of, affinity), managed] : [managed];
}

function ownRule(
  managed: RouteRule,
  { plan, pair, name }: AffinityOf<BackendPair>,
  affinity: AffinityIntent,
): RouteRule {
  const options = affinityPlanOf(plan);
  const keep = affinity.phase === 'keep';
  const { primary, canary } = readRule(managed, pair);
  const side = keep ? canary : primary;
  if (!side) throw new RangeError(`plan ${plan.name} keeps users on a side that its rule does not route to`);
  const header = {
    type: 'RegularExpression',
    name: 'Cookie',
    value: cookiePattern(options.cookie, affinity.value),
  };
  return {
    ...structuredClone(managed),
    name,
    matches: matchesOf(managed).map((match) => ({ ...match, headers: [...(match.headers ?? []), header] })),
    backendRefs: [
      withCookie(withoutCookie({ ...side, weight: 100 }, plan), keep ? undefined : setCookie(options, affinity)),
    ],
  };
}

function withCookie(backend: BackendRef, value: string | undefined): BackendRef {
  if (value === undefined) return backend;
  const next = structuredClone(backend);
  const own = next.filters?.find(({ type }) => type === MODIFIER);
  const header = { name: SET_COOKIE, value };
  if (own) own.responseHeaderModifier = { ...own.responseHeaderModifier, add: [...addedBy(own), header] };
  else next.filters = [...(next.filters ?? []), { type: MODIFIER, responseHeaderModifier: { add: [header] } }];
  return next;
}

function withoutCookie(backend: BackendRef, plan: TargetPlan): BackendRef {
  if (cookiesOf(backend, plan).length === 0) return backend;
  const filters = (backend.filters ?? []).flatMap((filter) => {
    if (filter.type !== MODIFIER) return [filter];
    const { add, ...rest } = filter.responseHeaderModifier ?? {};
    const kept = (add ?? []).filter((header) => !isOurCookie(header, plan));
    if (kept.length === 0 && Object.keys(rest).length === 0) return [];
    return [{ ...filter, responseHeaderModifier: { ...rest, ...(kept.length > 0 ? { add: kept } : {}) } }];
  });
  const { filters: _, ...others } = backend;
  return filters.length > 0 ? { ...others, filters } : others;
}

function addedBy({ responseHeaderModifier }: Filter) {
  return responseHeaderModifier?.add ?? [];
}

function isOurCookie({ name, value }: { name: string; value: string }, { affinity }: TargetPlan): boolean {
  return affinity !== undefined && isName(name, SET_COOKIE) && value.startsWith(`${affinity.cookie}=`);
}

function cookiesOf(backend: BackendRef | undefined, plan: TargetPlan): string[] {
  const added = (backend?.filters ?? []).filter(({ type }) => type === MODIFIER).flatMap(addedBy);
  return added.filter((header) => isOurCookie(header, plan)).map(({ value }) => value);
}

/** A filter that gives answers a `Set-Cookie` other than the plan's own. */
export function addsForeignCookie(filter: Filter, plan: TargetPlan): boolean {
  return addedBy(filter).some((header) => isName(header.name, SET_COOKIE) && !isOurCookie(header, plan));
}

/** A filter after which answers have no `Set-Cookie` but its own. */
export function losesCookies({ responseHeaderModifier: modifier }: Filter): boolean {
  const names = [...(modifier?.set ?? []).map(({ name }) => name), ...(modifier?.remove ?? [])];
  return names.some((name) => isName(name, SET_COOKIE));
}

/** Our rules belong to the managed ones in their order, wherever people put rules of their own: their place decides nothing. */
export function readAffinity(
  rules: RouteRule[],
  managed: PlacedRule<RouteRule>[],
  plan: TargetPlan,
  pair: BackendPair,
): AffinityReading[] {
  const own = rules.filter((rule) => isAffinity(rule, plan));
  const paired = own.length === 0 || own.length === managed.length;
  return managed.map(({ rule }, position) => (paired ? readOne(own[position], rule, plan, pair) : BROKEN));
}

/** @param own our rule for the managed one; absent: there is none */
function readOne(own: RouteRule | undefined, managed: RouteRule, plan: TargetPlan, pair: BackendPair): AffinityReading {
  const marks = cookiesOf(readRule(managed, pair).canary, plan);
  if (!own) return marks.length === 0 ? {} : BROKEN;
  const affinity = intentOfOwn(own, pair, plan);
  if (!plan.affinity || !affinity || own.matches?.length !== matchesOf(managed).length) return BROKEN;
  const onTarget = cookiesOf(own.backendRefs?.[0], plan);
  const [marked, bare] = affinity.phase === 'keep' ? [marks, onTarget] : [onTarget, marks];
  const asWritten = marked.length === 1 && marked[0] === setCookie(plan.affinity, affinity) && bare.length === 0;
  return asWritten ? { affinity } : BROKEN;
}

/** Where our rule sends whom. */
function intentOfOwn(own: RouteRule, pair: BackendPair, plan: TargetPlan): AffinityIntent | undefined {
  const value = cookieValue(own, plan);
  const target = own.backendRefs?.length === 1 ? own.backendRefs[0] : undefined;
  if (!value || !target) return undefined;
  if (isBackend(target, pair.canary, pair.namespace)) return { phase: 'keep', value };
  return isBackend(target, pair.primary, pair.namespace) ? { phase: 'expire', value } : undefined;
}
