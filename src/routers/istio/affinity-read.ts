/** Reads session affinity back from managed http rules and the rules of ours before them. Pure. */
import type { AffinityIntent } from '../../contract/intent.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import { alternativesOf, setCookie, valueOfPattern } from '../shared/affinity.ts';
import { isMadeFor } from '../shared/own-rules.ts';
import type { AffinityReading, PlacedRule } from '../shared/rules.ts';
import { ownCookie } from './cookie.ts';
import type { DestinationPair, HttpMatch, HttpRule } from './objects.ts';
import { readRule } from './rule.ts';

/**
 * Our rules belong to the managed rule that they stand before: those between it and the managed one before it, wherever people
 * put rules of their own. The last one also gets what comes after it.
 */
export function readAffinity(
  http: HttpRule[],
  managed: PlacedRule<HttpRule>[],
  plan: TargetPlan,
  pair: DestinationPair,
): AffinityReading[] {
  return managed.map(({ index, rule }, position) => {
    const from = position === 0 ? 0 : (managed[position - 1]?.index ?? 0) + 1;
    const to = position === managed.length - 1 ? http.length : index;
    const own = http.slice(from, to).filter((one) => isMadeFor('affinity', one, plan.name));
    return readOne(rule, own, plan, pair);
  });
}

function readOne(managed: HttpRule, own: HttpRule[], plan: TargetPlan, pair: DestinationPair): AffinityReading {
  const { primary, canary, canaryWeight } = readRule(managed, pair);
  const onPrimary = ownCookie(primary, plan.name);
  const onCanary = ownCookie(canary, plan.name);
  const [rule] = own;
  if (!rule) {
    if (onPrimary || onCanary) return { odd: 'sets the cookie, but no rule recognises it' };
    return {};
  }
  if (own.length > 1) return { odd: `several rules named ${rule.name} and alike` };
  if (!plan.affinity) return { odd: `a rule ${rule.name}, which recognises users by a cookie` };
  const { affinity, odd } = readOwnRule(rule, plan, pair);
  if (!affinity) return { odd };
  const wanted = affinity.phase === 'keep' && canaryWeight > 0 ? setCookie(plan.affinity, affinity) : undefined;
  if (onPrimary || onCanary !== wanted) return { odd: 'another Set-Cookie on its destinations' };
  return { affinity };
}

function readOwnRule(rule: HttpRule, plan: TargetPlan, pair: DestinationPair): AffinityReading {
  const { primary, canary, primaryWeight, canaryWeight, otherWeight, mirror } = readRule(rule, pair);
  const phase = primaryWeight === 0 ? 'keep' : 'expire';
  const split = otherWeight > 0 || (primaryWeight > 0 && canaryWeight > 0) || primaryWeight + canaryWeight === 0;
  if (split) return { odd: `a rule ${rule.name} that splits the users who show the cookie` };
  if (mirror > 0) return { odd: `a mirror on the rule ${rule.name}` };
  const value = cookieValue(rule, plan);
  if (value === undefined || !plan.affinity) return { odd: `a rule ${rule.name} that matches something else` };
  const affinity: AffinityIntent = { phase, value };
  const wanted = phase === 'expire' ? setCookie(plan.affinity, affinity) : undefined;
  const asWanted = ownCookie(primary, plan.name) === wanted && ownCookie(canary, plan.name) === undefined;
  return asWanted ? { affinity } : { odd: `another Set-Cookie on the rule ${rule.name}` };
}

/** The one value that each match of our rule asks for. */
function cookieValue(rule: HttpRule, plan: TargetPlan): string | undefined {
  const values = alternativesOf<HttpMatch>(rule.match, {}).map(({ headers = {} }) => {
    const { regex } = headers.cookie ?? {};
    return typeof regex === 'string' && plan.affinity ? valueOfPattern(plan.affinity.cookie, regex) : undefined;
  });
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}
