/**
 * Session affinity on an HTTPRoute: a rule of ours before each managed rule, which takes the users who show the cookie, and
 * a `Set-Cookie` on one backend alone. By the precedence of the Gateway API the rule with one more header match wins. Pure.
 */
import type { AffinityIntent } from '../../contract/intent.ts';
import type { Plan } from '../../contract/plan.ts';
import { affinityRuleName, isAffinityRule, isOwnRule } from '../istio/affinity.ts';
import { cookiePattern, setCookie, valueOfPattern } from '../shared/affinity.ts';
import { type BackendRef, type Filter, isBackend, type Match, type Pair, type RouteRule } from './objects.ts';
import { readRule } from './rule.ts';

const SET_COOKIE = 'Set-Cookie';
const MODIFIER = 'ResponseHeaderModifier';

/** `broken`: something of ours is there, but not as we write it. */
export type AffinityReading = AffinityIntent | 'none' | 'broken';

/** By name; where the cluster drops names of rules, by the cookie that its matches ask for. */
export function isOurs(rule: RouteRule, plan: Plan): boolean {
  return isOwnRule({ name: rule.name }, plan.name) || cookieValue(rule, plan) !== undefined;
}

/** Ours, or made by another plan: no rule to manage. */
export function isMadeForAffinity(rule: RouteRule, plan: Plan): boolean {
  return isAffinityRule({ name: rule.name }) || isOurs(rule, plan);
}

/** The rollout whose users the rule takes; undefined unless every match asks for the same one. */
function cookieValue({ matches = [] }: RouteRule, { affinity }: Plan): string | undefined {
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

/**
 * Our rule for a managed one, which has its weights already.
 * @param place among the managed rules, for a name that is unique within the route
 */
export function affinityRule(
  managed: RouteRule,
  pair: Pair,
  plan: Plan,
  affinity: AffinityIntent,
  place: { position: number; count: number },
): RouteRule {
  const { primary, canary } = readRule(managed, pair);
  const side = affinity.phase === 'keep' ? canary : primary;
  if (!plan.affinity || !side) throw new RangeError(`plan ${plan.name} keeps no users, but the intent asks for it`);
  const header = {
    type: 'RegularExpression',
    name: 'Cookie',
    value: cookiePattern(plan.affinity.cookie, affinity.value),
  };
  const bare = withoutCookie({ ...side, weight: 100 }, plan);
  const backend = affinity.phase === 'keep' ? bare : withCookie(bare, setCookie(plan.affinity, affinity));
  return {
    ...structuredClone(managed),
    name: affinityRuleName(plan.name, place.position, place.count),
    matches: matchesOf(managed).map((match) => ({ ...match, headers: [...(match.headers ?? []), header] })),
    backendRefs: [backend],
  };
}

export function matchesOf({ matches = [] }: RouteRule): Match[] {
  return matches.length > 0 ? matches : [{}];
}

/** The managed rule with the canary's answers marked, or not. */
export function withMark(managed: RouteRule, pair: Pair, plan: Plan, affinity: AffinityIntent | undefined): RouteRule {
  const text = plan.affinity && affinity?.phase === 'keep' ? setCookie(plan.affinity, affinity) : undefined;
  const backendRefs = managed.backendRefs?.map((one) => {
    if (!isBackend(one, pair.canary, pair.namespace)) return one;
    const bare = withoutCookie(one, plan);
    return text === undefined ? bare : withCookie(bare, text);
  });
  return backendRefs ? { ...managed, backendRefs } : managed;
}

function withCookie(backend: BackendRef, value: string): BackendRef {
  const next = structuredClone(backend);
  const own = next.filters?.find(({ type }) => type === MODIFIER);
  const header = { name: SET_COOKIE, value };
  if (own) own.responseHeaderModifier = { ...own.responseHeaderModifier, add: [...addedBy(own), header] };
  else next.filters = [...(next.filters ?? []), { type: MODIFIER, responseHeaderModifier: { add: [header] } }];
  return next;
}

function withoutCookie(backend: BackendRef, plan: Plan): BackendRef {
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

function isOurCookie({ name, value }: { name: string; value: string }, { affinity }: Plan): boolean {
  return affinity !== undefined && isName(name, SET_COOKIE) && value.startsWith(`${affinity.cookie}=`);
}

function cookiesOf(backend: BackendRef | undefined, plan: Plan): string[] {
  const added = (backend?.filters ?? []).filter(({ type }) => type === MODIFIER).flatMap(addedBy);
  return added.filter((header) => isOurCookie(header, plan)).map(({ value }) => value);
}

/** A filter that gives answers a `Set-Cookie` other than the plan's own. */
export function addsForeignCookie(filter: Filter, plan: Plan): boolean {
  return addedBy(filter).some((header) => isName(header.name, SET_COOKIE) && !isOurCookie(header, plan));
}

/** A filter after which answers have no `Set-Cookie` but its own. */
export function losesCookies({ responseHeaderModifier: modifier }: Filter): boolean {
  const names = [...(modifier?.set ?? []).map(({ name }) => name), ...(modifier?.remove ?? [])];
  return names.some((name) => isName(name, SET_COOKIE));
}

/** @param own our rule for the managed one; absent: there is none */
export function readAffinity(own: RouteRule | undefined, managed: RouteRule, pair: Pair, plan: Plan): AffinityReading {
  const marks = cookiesOf(readRule(managed, pair).canary, plan);
  if (!own) return marks.length === 0 ? 'none' : 'broken';
  const affinity = intentOfOwn(own, pair, plan);
  if (!plan.affinity || !affinity || own.matches?.length !== matchesOf(managed).length) return 'broken';
  const onTarget = cookiesOf(own.backendRefs?.[0], plan);
  const [marked, bare] = affinity.phase === 'keep' ? [marks, onTarget] : [onTarget, marks];
  const asWritten = marked.length === 1 && marked[0] === setCookie(plan.affinity, affinity) && bare.length === 0;
  return asWritten ? affinity : 'broken';
}

/** Where our rule sends whom. */
function intentOfOwn(own: RouteRule, pair: Pair, plan: Plan): AffinityIntent | undefined {
  const value = cookieValue(own, plan);
  const target = own.backendRefs?.length === 1 ? own.backendRefs[0] : undefined;
  if (!value || !target) return undefined;
  if (isBackend(target, pair.canary, pair.namespace)) return { phase: 'keep', value };
  return isBackend(target, pair.primary, pair.namespace) ? { phase: 'expire', value } : undefined;
}
