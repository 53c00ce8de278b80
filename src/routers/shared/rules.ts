/**
 * The rules of a route that a plan manages: which they are, what they say, and what an intent makes of them. The same for every
 * family of routes whose rules stand in lists; what differs between families is a `RuleFamily`. Pure.
 */
import {
  type AffinityIntent,
  describeMatch,
  type RouteIntent,
  weighted,
  withAffinity,
  withMatch,
} from '../../contract/intent.ts';
import type { RouteRef } from '../../contract/plan.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeObject, PatchOperation } from '../../kubernetes/client/client.ts';
import type { FoundRule, ManagedRoute, ManagedRule, WantedIntent } from '../contract.ts';
import { fieldOperations, listOperations } from './diff.ts';
import { type Matching, type MatchReading, matchRule, readMatch } from './match.ts';
import { isMade, ownName } from './own-rules.ts';
import { intentOf, type RuleReading, unknownWeights } from './weights.ts';

export interface AffinityReading {
  affinity?: AffinityIntent;
  /** Why what is there has no form that Sluice writes. */
  odd?: string;
}

export interface PlacedRule<R> {
  /** Field of `spec` that has the rule, for example `http`. */
  list: string;
  index: number;
  rule: R;
}

export interface ReadRule<R> extends PlacedRule<R> {
  reading: RuleReading;
}

/** For whom a rule of ours and our cookie are written. */
export interface AffinityOf<P> {
  plan: TargetPlan;
  pair: P;
  /** Absent: nobody is recognised. */
  affinity: AffinityIntent | undefined;
  found: FoundRule;
  /** Of our rule. */
  name: string;
}

/** What a family knows of its rules. `P`: the two sides in its terms. */
export interface RuleFamily<R extends { name?: string }, P> {
  /** Fields of `spec` with rules that can carry weights; those of the first alone have names, mirrors and cookies. */
  lists: readonly [string, ...string[]];
  /** What a rule routes to: `destinations`. */
  targets: string;
  pairOf(plan: TargetPlan, route: RouteRef): P;
  readRule(rule: R, pair: P): RuleReading;
  /** Made by this plan for affinity, in whatever rollout. */
  isAffinity(rule: R, plan: TargetPlan): boolean;
  /** Made by this plan for users who match. */
  isMatch(rule: R, plan: TargetPlan): boolean;
  /** How its rules tell requests apart. */
  matching(pair: P): Matching<R>;
  /** The first rule that fits takes a request, so ours must stand before the managed one. */
  ordered: boolean;
  /** For each of the managed rules what our rules and cookies say. */
  readAffinity(rules: R[], managed: PlacedRule<R>[], plan: TargetPlan, pair: P): AffinityReading[];
  /** `who met it stays` */
  describeAffinity(affinity: AffinityIntent): string;
  foundRule(rule: R, index: number, pair: P): FoundRule;
  withIntent(rule: R, pair: P, intent: RouteIntent, found: FoundRule): R;
  /** The managed rule with our cookie as wanted, and before it our rule while users are recognised. */
  withAffinity(rule: R, of: AffinityOf<P>): R[];
  /** What of a rule is ours to write, each as a whole: the write is guarded by the version that was read. */
  fields: readonly string[];
}

export class PlanRules<R extends { name?: string }, P> {
  readonly family: RuleFamily<R, P>;

  constructor(family: RuleFamily<R, P>) {
    this.family = family;
  }

  /** Made by this plan beside the rules that it manages. */
  isOurs(rule: R, plan: TargetPlan): boolean {
    return this.family.isAffinity(rule, plan) || this.family.isMatch(rule, plan);
  }

  /** The rules that a plan may mean: those that it names, otherwise all but those that a plan made for affinity. */
  candidates({ object, plan, route }: ManagedRoute): ReadRule<R>[] {
    const { lists, pairOf, readRule } = this.family;
    const pair = pairOf(plan, route);
    return lists
      .flatMap((list) => rulesOf<R>(object, list).map((rule, index) => ({ list, index, rule })))
      .filter(({ rule }) => !isMade(rule) && !this.isOurs(rule, plan))
      .filter(({ rule: { name } }) => !route.rules || (name !== undefined && route.rules.includes(name)))
      .map((one) => ({ ...one, reading: readRule(one.rule, pair) }));
  }

  /** The rules that a plan steers: the candidates that route to the primary. */
  managed(managed: ManagedRoute): ReadRule<R>[] {
    return this.candidates(managed).filter(({ reading }) => reading.primary !== undefined);
  }

  read(managed: ManagedRoute, wanted?: RouteIntent): ManagedRule[] {
    const { lists, pairOf, readAffinity } = this.family;
    const { object, plan, route } = managed;
    const rules = this.managed(managed);
    const first = rules.filter(({ list }) => list === lists[0]);
    const cookies = readAffinity(rulesOf<R>(object, lists[0]), first, plan, pairOf(plan, route));
    const matches = this.#readMatches(managed, first);
    return rules.map((one) => {
      const { affinity, odd: oddCookie } = cookies[first.indexOf(one)] ?? {};
      const { match, odd = oddCookie } = matches[first.indexOf(one)] ?? {};
      const weights = odd === undefined ? intentOf(one.reading, wanted) : undefined;
      return this.#readOne(one, pairOf(plan, route), weights && withMatch(weights, match), { affinity, odd });
    });
  }

  /** Our rules belong to the managed ones in their order. */
  #readMatches({ object, plan, route }: ManagedRoute, managed: PlacedRule<R>[]): MatchReading[] {
    const { lists, pairOf, readRule, isMatch, matching, ordered } = this.family;
    const pair = pairOf(plan, route);
    const own = rulesOf<R>(object, lists[0])
      .map((rule, index) => ({ rule, index }))
      .filter(({ rule }) => isMatch(rule, plan));
    if (own.length === 0) return [];
    return managed.map(({ index }, position) => {
      const one = own[position];
      const before = managed[position - 1]?.index ?? -1;
      const stands = one && own.length === managed.length && (!ordered || (before < one.index && one.index < index));
      if (!stands) return { odd: 'rules for users who match, but not one before each rule' };
      const { primaryWeight, canaryWeight, otherWeight, mirror } = readRule(one.rule, pair);
      const leads = canaryWeight > 0 && primaryWeight === 0 && otherWeight === 0 && mirror === 0;
      return readMatch(matching(pair), one.rule, plan, leads);
    });
  }

  #readOne(
    { list, index, rule, reading }: ReadRule<R>,
    pair: P,
    weights: RouteIntent | undefined,
    { affinity, odd }: AffinityReading,
  ): ManagedRule {
    const { lists, targets, describeAffinity, foundRule } = this.family;
    const cookie = odd ?? (affinity && describeAffinity(affinity));
    const match = weights?.match && `${describeMatch(weights.match)} on the canary`;
    return {
      place: placeOf({ list, index }),
      ...(weights ? { intent: withAffinity(weights, affinity) } : {}),
      words: [describeReading(reading, targets), match, cookie].filter(Boolean).join(', '),
      mirror: reading.mirror,
      found: { ...foundRule(rule, index, pair), ...(list === lists[0] ? {} : { list }) },
    };
  }

  /** @returns undefined when no rule routes to the primary any more */
  change(managed: ManagedRoute, change: WantedIntent): PatchOperation[] | undefined {
    const { lists, fields } = this.family;
    const { object, plan } = managed;
    const rules = this.managed(managed);
    if (rules.length === 0) return undefined;
    return lists.flatMap((list) => {
      const own = rules.filter((one) => one.list === list);
      const before = rulesOf<R>(object, list);
      const after = before.flatMap((rule, index) => {
        const position = own.findIndex((one) => one.index === index);
        if (position >= 0) return this.#rulesFor(own, position, managed, change);
        return this.isOurs(rule, plan) ? [] : [rule];
      });
      return listOperations(
        `/spec/${list}`,
        before,
        after,
        (rule) => this.isOurs(rule, plan),
        (path, old, now) => fieldOperations(path, old, now, fields),
      );
    });
  }

  /** What stands in place of one managed rule. @param own all of its list */
  #rulesFor(own: ReadRule<R>[], position: number, { plan, route }: ManagedRoute, change: WantedIntent): R[] {
    const { lists, pairOf, withIntent, withAffinity, matching } = this.family;
    const { list, index, rule, reading } = own[position] as ReadRule<R>;
    const { intent } = change;
    const pair = pairOf(plan, route);
    const shapes = change.found.rules.filter((one) => isOf(one, route) && (one.list ?? lists[0]) === list);
    // rules keep their order within a list; their indexes move when people add others
    const found = (shapes.length === own.length && shapes[position]) || { index, ...unknownWeights(reading) };
    const next = withIntent(rule, pair, intent, found);
    if (list !== lists[0]) return [next];
    const name = ownName('affinity', plan.name, position, own.length);
    const rules = withAffinity(next, { plan, pair, affinity: intent.affinity, found, name });
    if (!intent.match) return rules;
    const away = withIntent(rule, pair, weighted(100), found);
    const matchName = ownName('match', plan.name, position, own.length);
    return [matchRule(matching(pair), away, intent.match, matchName), ...rules];
  }
}

export function rulesOf<R>(object: KubeObject, list: string): R[] {
  return (object.spec as Record<string, R[] | undefined> | undefined)?.[list] ?? [];
}

/** `spec.http[0]` */
export function placeOf({ list, index }: { list: string; index: number }): string {
  return `spec.${list}[${index}]`;
}

export function percent(share: number): string {
  return `${Number(share.toFixed(1))} %`;
}

function isOf({ route }: FoundRule, { namespace, name }: RouteRef): boolean {
  return route === undefined || route === `${namespace}/${name}`;
}

function describeReading(reading: RuleReading, targets: string): string {
  const { primaryWeight, canaryWeight, otherWeight, mirror, ambiguous } = reading;
  const total = primaryWeight + canaryWeight + otherWeight || 1;
  const share = (weight: number) => percent((100 * weight) / total);
  const parts = [
    `primary ${share(primaryWeight)}`,
    `canary ${share(canaryWeight)}`,
    otherWeight > 0 && `other ${targets} ${share(otherWeight)}`,
    mirror > 0 && `copies ${percent(mirror)} to the canary`,
    ambiguous && 'one of them twice',
  ];
  return parts.filter(Boolean).join(', ');
}
