/** What forbids session affinity on one managed http rule (order rule 10), in words. Pure. */
import type { Problem } from '../../contract/offer.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import { alternativesOf } from '../shared/affinity.ts';
import { ownCookie } from './cookie.ts';
import type { DestinationPair, HttpMatch, HttpRule, WeightedDestination } from './objects.ts';
import { readRule } from './rule.ts';

/** Actions that answer or hand over the request before a destination is chosen. */
const OTHER_ACTIONS = ['redirect', 'directResponse', 'delegate'] as const;

/** Problems of a managed rule of a plan with affinity, or with stages that match; none without. */
export function affinityProblems(where: string, rule: HttpRule, plan: TargetPlan, pair: DestinationPair): Problem[] {
  if (!plan.affinity && !plan.match) return [];
  const problems: Problem[] = [];
  const action = OTHER_ACTIONS.find((one) => rule[one] !== undefined);
  if (action) {
    const what = plan.affinity ? 'keep users by the cookie' : 'have users of its own';
    const problem = `has a ${action}, so no destination could ${what}`;
    const remedy = `remove the ${action}, or name other rules in spec.traffic.routes[].rules`;
    problems.push({ where, problem, remedy });
  }
  if (!plan.affinity) return problems;
  alternativesOf<HttpMatch>(rule.match, {}).forEach((match, index) => {
    if (!namesCookie(match)) return;
    problems.push({
      where: `${where}.match[${index}]`,
      problem: 'has a condition on the cookie header already, and a rule can have one only',
      remedy: 'match something else there, name other rules in spec.traffic.routes[].rules, or leave spec.affinity out',
    });
  });
  return [...problems, ...setCookieProblems(where, rule, plan, pair)];
}

function namesCookie({ headers, withoutHeaders }: HttpMatch): boolean {
  return [headers, withoutHeaders].some((all) => keysOf(all).includes('cookie'));
}

function setCookieProblems(where: string, rule: HttpRule, plan: TargetPlan, pair: DestinationPair): Problem[] {
  const { primary, canary } = readRule(rule, pair);
  const remedy = 'let the application set that cookie, or leave spec.affinity out';
  const sides = { primary, canary };
  const problems = (['primary', 'canary'] as const)
    .filter((side) => setsCookie(sides[side], plan.name))
    .map((side): Problem => {
      return { where, problem: `sets a Set-Cookie header on the answers of the ${side} already`, remedy };
    });
  const { set, remove } = responseOf(rule);
  if ([...keysOf(set), ...namesOf(remove)].includes('set-cookie')) {
    const problem = "replaces or removes the Set-Cookie header of every answer, the affinity's too";
    problems.push({ where, problem, remedy: 'take Set-Cookie out of headers.response, or leave spec.affinity out' });
  }
  return problems;
}

function setsCookie(entry: WeightedDestination | undefined, plan: string): boolean {
  if (!entry) return false;
  const { add, set, remove } = responseOf(entry);
  const added = keysOf(add).includes('set-cookie') && ownCookie(entry, plan) === undefined;
  return added || [...keysOf(set), ...namesOf(remove)].includes('set-cookie');
}

interface ResponseHeaders {
  add?: unknown;
  set?: unknown;
  remove?: unknown;
}

function responseOf({ headers }: { headers?: unknown; [field: string]: unknown }): ResponseHeaders {
  return (headers as { response?: ResponseHeaders } | undefined)?.response ?? {};
}

function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value).map((key) => key.toLowerCase()) : [];
}

function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map((name) => String(name).toLowerCase()) : [];
}
