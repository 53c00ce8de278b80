/**
 * Users who come to the canary for what they match: directly before each managed rule one of ours, the same in everything but for them
 * alone and to the canary. The same for every router. Pure.
 */
import type { Problem } from '../../contract/offer.ts';
import type { MatchCondition } from '../../contract/plan.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import { cookiePattern } from './affinity.ts';

/** What a request must have; `name` in lower case. */
export interface HeaderCondition {
  name: string;
  exact?: string;
  /** RE2, of the whole value. */
  regex?: string;
}

/** How a family's rules tell requests apart. `M`: one of a rule's alternatives. */
export interface Matching<R, M extends object = object> {
  alternativesOf(rule: R): M[];
  withHeaders(alternative: M, headers: readonly HeaderCondition[]): M;
  hasHeaders(alternative: M, headers: readonly HeaderCondition[]): boolean;
  /** It has a condition of its own on this header. */
  names(alternative: M, header: string): boolean;
  /** The rule, which leads to the canary, with these alternatives and without what else it leads to. */
  toCanary(rule: R, name: string, alternatives: M[]): R;
}

export interface MatchReading {
  match?: readonly MatchCondition[];
  odd?: string;
}

export function headersOf({ header = {}, cookie = {} }: MatchCondition): HeaderCondition[] {
  return [
    ...Object.entries(header).map(([name, value]) =>
      typeof value === 'string' ? { name, exact: value } : { name, regex: value.regex },
    ),
    ...Object.entries(cookie).map(([name, value]) => ({ name: 'cookie', regex: cookiePattern(name, value) })),
  ];
}

/** Our rule for a managed one. @param managed with all users on the canary */
export function matchRule<R>(family: Matching<R>, managed: R, match: readonly MatchCondition[], name: string): R {
  const alternatives = match.flatMap((condition) =>
    family.alternativesOf(managed).map((one) => family.withHeaders(one, headersOf(condition))),
  );
  return family.toCanary(managed, name, alternatives);
}

/** Which of the plan's conditions a rule of ours stands for. @param leads it leads to the canary alone */
export function readMatch<R>(family: Matching<R>, own: R, plan: TargetPlan, leads: boolean): MatchReading {
  const conditions = (plan.match ?? []).map(({ match }) => match);
  const found = new Set(family.alternativesOf(own).map((one) => conditionOf(family, one, conditions)));
  const asWritten = leads && !found.has(-1) && conditions.slice(0, found.size).every((_, index) => found.has(index));
  return asWritten
    ? { match: conditions.slice(0, found.size) }
    : { odd: 'a rule for users who match that is none of Sluice' };
}

/** Of several that fit the one that says most; -1: none fits. */
export function conditionOf<R>(
  family: Matching<R>,
  alternative: object,
  conditions: readonly MatchCondition[],
): number {
  const fit = conditions
    .map(headersOf)
    .map((headers) => (family.hasHeaders(alternative, headers) ? headers.length : 0));
  const most = Math.max(0, ...fit);
  return most === 0 ? -1 : fit.indexOf(most);
}

/** A rule has one condition for each header. */
export function matchProblems<R>(family: Matching<R>, where: string, rule: R, plan: TargetPlan): Problem[] {
  const names = new Set((plan.match ?? []).flatMap(({ match }) => headersOf(match)).map(({ name }) => name));
  const remedy =
    'match something else there, name other rules in spec.traffic.routes[].rules, or leave the stages with match out';
  return [...names]
    .filter((name) => family.alternativesOf(rule).some((one) => family.names(one, name)))
    .map((name) => ({ where, problem: `has a condition on the header ${name} already`, remedy }));
}
