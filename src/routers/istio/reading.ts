/** What each managed rule of a VirtualService says, in the plan's terms. Pure. */
import { type RouteIntent, sameIntent } from '../../contract/intent.ts';
import type { Plan, RouteRef } from '../../contract/plan.ts';
import { type AffinityReading, ownRulesByManaged, readAffinity } from './affinity-read.ts';
import { managedRules, pairOf, placeOf, type VirtualService } from './objects.ts';
import { intentOf, type RuleReading, readRule } from './rule.ts';

export interface ManagedReading {
  /** `spec.http[0]` */
  place: string;
  reading: RuleReading;
  /** Absent: the rule has no such form. */
  intent?: RouteIntent;
  /** `primary 80 %, canary 20 %, who met it stays` */
  words: string;
}

export function readManaged(object: VirtualService, plan: Plan, route: RouteRef): ManagedReading[] {
  const pair = pairOf(plan, route);
  const managed = managedRules(object, plan, route);
  const inHttp = managed.filter(({ list }) => list === 'http');
  const own = ownRulesByManaged(
    object.spec?.http ?? [],
    inHttp.map(({ index }) => index),
    plan.name,
  );
  return managed.map((one) => {
    const reading = readRule(one.rule, pair);
    const affinity = one.list === 'http' ? readAffinity(one.rule, own[inHttp.indexOf(one)] ?? [], plan, pair) : {};
    const intent = intentWith(intentOf(reading), affinity);
    const words = `${describeReading(reading)}${describeAffinity(affinity)}`;
    return { place: placeOf(one), reading, ...(intent ? { intent } : {}), words };
  });
}

/** The one intent that all readings agree on. */
export function commonIntent(readings: { intent?: RouteIntent }[]): RouteIntent | undefined {
  const first = readings[0]?.intent;
  return first && readings.every(({ intent }) => intent && sameIntent(intent, first)) ? first : undefined;
}

function intentWith(intent: RouteIntent | undefined, { affinity, odd }: AffinityReading): RouteIntent | undefined {
  if (!intent || odd) return undefined;
  return affinity ? { ...intent, affinity } : intent;
}

function describeReading(reading: RuleReading): string {
  const { primaryWeight, canaryWeight, otherWeight, mirror, foreignMirror } = reading;
  const others = otherWeight > 0 ? `, other destinations ${otherWeight} %` : '';
  const copies = mirror > 0 ? `, copies ${mirror} % to the canary` : '';
  const foreign = foreignMirror ? `, a mirror to ${foreignMirror.host} ${foreignMirror.subset ?? ''}`.trimEnd() : '';
  return `primary ${primaryWeight} %, canary ${canaryWeight} %${others}${copies}${foreign}`;
}

function describeAffinity({ affinity, odd }: AffinityReading): string {
  if (odd) return `, ${odd}`;
  if (!affinity) return '';
  return affinity.phase === 'keep' ? ', who met it stays' : ', its cookie expires';
}
