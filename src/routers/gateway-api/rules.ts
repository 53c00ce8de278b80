/** All rules of one route: which are the plan's, what they say together, and the list that an intent asks for. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { type AffinityIntent, type RouteIntent, sameIntent, withAffinity } from '../../contract/intent.ts';
import type { Plan, RouteRef } from '../../contract/plan.ts';
import type { PatchOperation } from '../../kubernetes/client/client.ts';
import { type AffinityReading, affinityRule, isMadeForAffinity, isOurs, readAffinity, withMark } from './affinity.ts';
import { type FoundRule, type GatewayRoute, pairOf, type RouteRule } from './objects.ts';
import { type RuleReading, readRule, unknownRule, weightsOf, withIntent, withoutOthers } from './rule.ts';

export interface ManagedRule {
  index: number;
  rule: RouteRule;
}

export interface ManagedReading extends ManagedRule {
  reading: RuleReading;
  affinity: AffinityReading;
  /** Absent: the rule cannot be read as one. */
  intent?: RouteIntent;
}

export function rulesOf(object: GatewayRoute): RouteRule[] {
  return object.spec?.rules ?? [];
}

/** The rules that a plan steers: those it names, otherwise every one with a backend of the primary; never our own ones. */
export function managedRules(object: GatewayRoute, plan: Plan, ref: RouteRef): ManagedRule[] {
  const pair = pairOf(plan, ref);
  return rulesOf(object)
    .map((rule, index) => ({ index, rule }))
    .filter(({ rule }) => !isMadeForAffinity(rule, plan))
    .filter(({ rule }) => !ref.rules || (rule.name !== undefined && ref.rules.includes(rule.name)))
    .filter(({ rule }) => readRule(rule, pair).primary !== undefined);
}

/** Our rules belong to the managed ones in their order, wherever people put rules of their own: their place decides nothing. */
export function readManaged(object: GatewayRoute, plan: Plan, ref: RouteRef): ManagedReading[] {
  const pair = pairOf(plan, ref);
  const own = rulesOf(object).filter((rule) => isOurs(rule, plan));
  const managed = managedRules(object, plan, ref);
  const paired = own.length === 0 || own.length === managed.length;
  return managed.map(({ index, rule }, position) => {
    const reading = readRule(rule, pair);
    const affinity = paired ? readAffinity(own[position], rule, pair, plan) : 'broken';
    const intent = affinity === 'broken' ? undefined : wholeIntent(reading, affinity);
    return { index, rule, reading, affinity, ...(intent ? { intent } : {}) };
  });
}

function wholeIntent(reading: RuleReading, affinity: AffinityIntent | 'none'): RouteIntent | undefined {
  const weights = weightsOf(reading);
  return weights && withAffinity(weights, affinity === 'none' ? undefined : affinity);
}

/** What all managed rules say alike. */
export function agreedIntent(managed: ManagedReading[]): RouteIntent | undefined {
  const wanted = managed[0]?.intent;
  return wanted && managed.every(({ intent }) => intent && sameIntent(intent, wanted)) ? wanted : undefined;
}

/**
 * The whole list at the intent; the object is not changed.
 * @param shapes our fields as found, in the order of the managed rules
 * @param force takes the weight of others' backends away
 * @returns undefined when no rule routes to the primary any more
 */
export function rulesAt(
  object: GatewayRoute,
  plan: Plan,
  ref: RouteRef,
  intent: RouteIntent,
  shapes: FoundRule[],
  force = false,
): RouteRule[] | undefined {
  const pair = pairOf(plan, ref);
  const managed = managedRules(object, plan, ref);
  if (managed.length === 0) return undefined;
  const known = shapes.length === managed.length;
  return rulesOf(object).flatMap((rule, index) => {
    if (isOurs(rule, plan)) return [];
    const position = managed.findIndex((one) => one.index === index);
    if (position < 0) return [rule];
    const shape = (known && shapes[position]) || unknownRule(rule, index, pair);
    const ours = force ? withoutOthers(rule, pair) : rule;
    const next = withMark(withIntent(ours, pair, intent, shape), pair, plan, intent.affinity);
    const place = { position, count: managed.length };
    return intent.affinity ? [affinityRule(next, pair, plan, intent.affinity, place), next] : [next];
  });
}

/** JSON Patch (RFC 6902) between two lists that differ in our own rules, and in `backendRefs` and `filters` of the others. */
export function ruleOperations(before: RouteRule[], after: RouteRule[], plan: Plan): PatchOperation[] {
  const theirs = (rules: RouteRule[]) =>
    rules.map((rule, index) => ({ rule, index })).filter(({ rule }) => !isOurs(rule, plan));
  const next = theirs(after);
  const fields = theirs(before).flatMap(({ rule, index }, position) => {
    const wanted = next[position]?.rule ?? rule;
    return (['filters', 'backendRefs'] as const).flatMap((field) =>
      fieldOperation(`/spec/rules/${index}/${field}`, rule[field], wanted[field]),
    );
  });
  return [...fields, ...ownOperations(before, after, plan)];
}

function ownOperations(before: RouteRule[], after: RouteRule[], plan: Plan): PatchOperation[] {
  const own = (rules: RouteRule[]) =>
    rules.map((rule, index) => ({ rule, index })).filter(({ rule }) => isOurs(rule, plan));
  const old = own(before);
  const wanted = own(after);
  if (isDeepStrictEqual(old, wanted)) return [];
  // from the last on, so that no index moves before it is used
  const gone = old.toReversed().map(({ index }): PatchOperation => ({ op: 'remove', path: `/spec/rules/${index}` }));
  const added = wanted.map(
    ({ rule, index }): PatchOperation => ({ op: 'add', path: `/spec/rules/${index}`, value: rule }),
  );
  return [...gone, ...added];
}

function fieldOperation(path: string, before: unknown, after: unknown): PatchOperation[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (after === undefined) return [{ op: 'remove', path }];
  return [{ op: before === undefined ? 'add' : 'replace', path, value: after }];
}
