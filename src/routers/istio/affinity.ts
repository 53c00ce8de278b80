/**
 * Session affinity on http rules: directly before each managed rule one of ours, which takes the users who show the cookie,
 * and our `Set-Cookie` on one destination. Pure.
 */
import { type AffinityIntent, AT_REST, weighted } from '../../contract/intent.ts';
import type { AffinityPlan, Plan } from '../../contract/plan.ts';
import { cookiePattern, setCookie } from '../shared/affinity.ts';
import { writeCookie } from './cookie.ts';
import { type FoundRule, type HttpRule, MIRROR_FIELDS, type Pair, readRule, withIntent } from './rule.ts';

const PREFIX = 'sluice-affinity-';

/** A rule that some plan made for affinity; no plan manages it as a rule of its own. */
export function isAffinityRule({ name }: HttpRule): boolean {
  return name?.startsWith(PREFIX) ?? false;
}

/** A rule that this plan made, in whatever rollout. */
export function isOwnRule({ name = '' }: HttpRule, plan: string): boolean {
  const own = `${PREFIX}${plan}`;
  return name === own || (name.startsWith(`${own}-`) && /^\d+$/.test(name.slice(own.length + 1)));
}

/** `sluice-affinity-<plan>`; with several managed rules `sluice-affinity-<plan>-<n>`, n from 1. */
export function affinityRuleName(plan: string, position: number, count: number): string {
  return count > 1 ? `${PREFIX}${plan}-${position + 1}` : `${PREFIX}${plan}`;
}

/** @throws RangeError when the intent keeps users by a cookie that the plan does not name */
function affinityPlanOf(plan: Plan): AffinityPlan {
  if (plan.affinity) return plan.affinity;
  throw new RangeError(`plan ${plan.namespace}/${plan.name} has no affinity, so no route can keep users by a cookie`);
}

/**
 * The managed rule with our cookie as the intent wants it: on the canary's answers while users are kept, nowhere otherwise.
 * The argument is not changed.
 */
export function withOwnCookie(
  managed: HttpRule,
  pair: Pair,
  plan: Plan,
  affinity: AffinityIntent | undefined,
  found: FoundRule,
): HttpRule {
  const next = structuredClone(managed);
  const { primary, canary, canaryWeight } = readRule(next, pair);
  const keep = affinity?.phase === 'keep' && canaryWeight > 0;
  const text = keep ? setCookie(affinityPlanOf(plan), affinity) : undefined;
  writeCookie(primary, plan.name, undefined, found.emptyHeaders?.primary);
  writeCookie(canary, plan.name, text, found.emptyHeaders?.canary);
  return next;
}

/** Our rule for a managed one: the same in everything, for the users with the cookie alone. */
export function affinityRule(
  managed: HttpRule,
  pair: Pair,
  plan: Plan,
  affinity: AffinityIntent,
  found: FoundRule,
  name: string,
): HttpRule {
  const options = affinityPlanOf(plan);
  const keep = affinity.phase === 'keep';
  const rule = withIntent(managed, pair, keep ? weighted(100) : AT_REST, found);
  for (const field of MIRROR_FIELDS) delete rule[field];
  const { primary, canary } = readRule(rule, pair);
  writeCookie(canary, plan.name, undefined);
  writeCookie(primary, plan.name, keep ? undefined : setCookie(options, affinity));
  const cookie = { regex: cookiePattern(options.cookie, affinity.value) };
  const { name: _, match, ...rest } = rule;
  return { name, match: matchesOf(match).map((one) => withCookie(one, cookie)), ...rest };
}

export interface HttpMatch {
  headers?: Record<string, unknown>;
  withoutHeaders?: Record<string, unknown>;
  [field: string]: unknown;
}

/** The alternatives of a rule; one that takes everything when it names none. */
export function matchesOf(match: unknown): HttpMatch[] {
  return Array.isArray(match) && match.length > 0 ? (match as HttpMatch[]) : [{}];
}

function withCookie(match: HttpMatch, cookie: { regex: string }): HttpMatch {
  return { ...match, headers: { ...match.headers, cookie } };
}
