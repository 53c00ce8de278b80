/**
 * Session affinity on http rules: directly before each managed rule one of ours, which takes the users who show the cookie,
 * and our `Set-Cookie` on one destination. Pure.
 */
import { AT_REST, weighted } from '../../contract/intent.ts';
import { affinityPlanOf, alternativesOf, cookiePattern, setCookie } from '../shared/affinity.ts';
import type { AffinityOf } from '../shared/rules.ts';
import { writeCookie } from './cookie.ts';
import type { DestinationPair, HttpMatch, HttpRule } from './objects.ts';
import { MIRROR_FIELDS, othersMirrors, readRule, withIntent } from './rule.ts';

/** Our cookie is on the canary's answers while users are kept, and on no other of the managed rule. */
export function withAffinity(rule: HttpRule, of: AffinityOf<DestinationPair>): HttpRule[] {
  const { plan, pair, affinity, found } = of;
  const managed = structuredClone(rule);
  const { primary, canary, canaryWeight } = readRule(managed, pair);
  const keep = affinity?.phase === 'keep' && canaryWeight > 0;
  writeCookie(primary, plan.name, undefined, found.emptyHeaders?.primary);
  const text = keep ? setCookie(affinityPlanOf(plan), affinity) : undefined;
  writeCookie(canary, plan.name, text, found.emptyHeaders?.canary);
  return affinity ? [ownRule(managed, of, affinity), managed] : [managed];
}

/** The same as the managed one in everything, for the users with the cookie alone. */
function ownRule(
  managed: HttpRule,
  { plan, pair, found, name }: AffinityOf<DestinationPair>,
  affinity: NonNullable<AffinityOf<DestinationPair>['affinity']>,
): HttpRule {
  const options = affinityPlanOf(plan);
  const keep = affinity.phase === 'keep';
  const sides = readRule(managed, pair);
  // who shows the cookie goes to one side, whatever share others have of the rest
  const route = managed.route?.filter((one) => one === sides.primary || one === sides.canary || !one.weight);
  const rule = withIntent({ ...managed, route }, pair, keep ? weighted(100) : AT_REST, found);
  if (othersMirrors(rule, pair).length === 0) for (const field of MIRROR_FIELDS) delete rule[field];
  const { primary, canary } = readRule(rule, pair);
  writeCookie(canary, plan.name, undefined);
  writeCookie(primary, plan.name, keep ? undefined : setCookie(options, affinity));
  const cookie = { regex: cookiePattern(options.cookie, affinity.value) };
  const { name: _, match, ...rest } = rule;
  const matches = alternativesOf<HttpMatch>(match, {}).map((one) => ({ ...one, headers: { ...one.headers, cookie } }));
  return { name, match: matches, ...rest };
}
