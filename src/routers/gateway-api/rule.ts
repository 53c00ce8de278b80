/** One rule of an HTTPRoute or GRPCRoute: reading weights and mirror, and changing nothing else. Pure. */
import type { RouteIntent } from '../../contract/intent.ts';
import type { FoundRule } from '../contract.ts';
import type { RuleReading } from '../shared/rules.ts';
import { type BackendPair, type BackendRef, type Filter, isBackend, type RouteRule } from './objects.ts';

/** Weights are shares of the rule's requests, fractions possible; twice is also said of the canary's mirror. */
export interface BackendReading extends RuleReading {
  primary?: BackendRef;
  canary?: BackendRef;
}

export function readRule(rule: RouteRule, pair: BackendPair): BackendReading {
  const refs = rule.backendRefs ?? [];
  const primaries = refs.filter((one) => isBackend(one, pair.primary, pair.namespace));
  const canaries = refs.filter((one) => isBackend(one, pair.canary, pair.namespace));
  const mirrors = (rule.filters ?? []).filter((one) => isCanaryMirror(one, pair));
  const total = sumOfWeights(refs);
  const percent = (some: BackendRef[]) => (total > 0 ? (100 * sumOfWeights(some)) / total : 0);
  const primaryWeight = percent(primaries);
  const canaryWeight = percent(canaries);
  return {
    primary: primaries[0],
    canary: canaries[0],
    primaryWeight,
    canaryWeight,
    otherWeight: total > 0 ? 100 - primaryWeight - canaryWeight : 0,
    mirror: mirrors.reduce((sum, one) => sum + mirrorPercent(one), 0),
    ambiguous: primaries.length > 1 || canaries.length > 1 || mirrors.length > 1,
  };
}

/** An omitted weight means 1. */
function sumOfWeights(refs: BackendRef[]): number {
  return refs.reduce((sum, { weight }) => sum + (weight ?? 1), 0);
}

export function isCanaryMirror({ requestMirror }: Filter, pair: BackendPair): boolean {
  return requestMirror !== undefined && isBackend(requestMirror.backendRef, pair.canary, pair.namespace);
}

function mirrorPercent({ requestMirror }: Filter): number {
  const { percent, fraction } = requestMirror ?? {};
  if (fraction) return (100 * fraction.numerator) / (fraction.denominator ?? 100);
  return percent ?? 100;
}

/** Weights and mirror as an intent; undefined when the rule has no such form (other weights, parts of a percent, nobody served). */
export function intentOf(reading: RuleReading): RouteIntent | undefined {
  const { primary, primaryWeight, canaryWeight, otherWeight, mirror, ambiguous } = reading;
  if (!primary || ambiguous || otherWeight > 0 || primaryWeight + canaryWeight !== 100) return undefined;
  if (![primaryWeight, canaryWeight, mirror].every(Number.isInteger)) return undefined;
  return { primary: primaryWeight, canary: canaryWeight, mirror };
}

/** Our fields as they are, for the way back to rest. */
export function foundRule(rule: RouteRule, index: number, pair: BackendPair): FoundRule {
  const { primary, canary, canaryWeight, mirror } = readRule(rule, pair);
  const idle = mirror === 0 ? rule.filters?.find((one) => isCanaryMirror(one, pair)) : undefined;
  const atRest = canaryWeight === 0 && (primary?.weight ?? 1) > 0;
  return {
    index,
    canary: canary !== undefined,
    weighted: primary?.weight !== undefined,
    ...(atRest && primary?.weight !== undefined ? { weight: primary.weight } : {}),
    ...(idle ? { mirror: idle } : {}),
  };
}

/** A rule that nobody looked at before: its weights stay written out. */
export function unknownRule(rule: RouteRule, index: number, pair: BackendPair): FoundRule {
  return { index, canary: readRule(rule, pair).canary !== undefined, weighted: true };
}

/** The rule with weights and mirror brought to the intent; the argument is not changed. */
export function withIntent(rule: RouteRule, pair: BackendPair, intent: RouteIntent, found: FoundRule): RouteRule {
  const next = structuredClone(rule);
  writeMirror(next, pair, intent.mirror, found);
  writeWeights(next, pair, intent, found);
  return next;
}

/** The rule without the weight that others gave to backends of theirs. */
export function withoutOthers(rule: RouteRule, pair: BackendPair): RouteRule {
  const next = structuredClone(rule);
  const { primary, canary } = readRule(next, pair);
  for (const one of next.backendRefs ?? []) if (one !== primary && one !== canary) one.weight = 0;
  return next;
}

/** Weights of others stay, and the pair shares what they leave of 100. */
function writeWeights(rule: RouteRule, pair: BackendPair, intent: RouteIntent, found: FoundRule): void {
  const refs = rule.backendRefs ?? [];
  const { primary, canary } = readRule(rule, pair);
  if (!primary) return;
  const others = sumOfWeights(refs.filter((one) => one !== primary && one !== canary));
  const share = others < 100 ? 100 - others : 100;
  if (intent.canary > 0) {
    const canaryWeight = Math.round((intent.canary * share) / 100);
    primary.weight = share - canaryWeight;
    if (canary) canary.weight = canaryWeight;
    else refs.push({ ...canaryLike(primary, pair), weight: canaryWeight });
    return;
  }
  if (canary && !found.canary) refs.splice(refs.indexOf(canary), 1);
  else if (canary) canary.weight = 0;
  const resting = intent.mirror === 0 && !intent.affinity && others === 0;
  if (!resting) primary.weight = share;
  else if (found.weighted) primary.weight = found.weight ?? 100;
  else delete primary.weight;
}

/** The canary in the spelling of the primary's entry and with its filters: users get the same treatment on both sides. */
function canaryLike(primary: BackendRef, { primary: own, canary, namespace }: BackendPair): BackendRef {
  const { namespace: _, ...rest } = structuredClone(primary);
  const port = canary.port ?? (own.port === undefined ? primary.port : undefined);
  const spelled = primary.namespace !== undefined || canary.namespace !== namespace;
  return {
    ...rest,
    name: canary.name,
    ...(spelled ? { namespace: canary.namespace } : {}),
    ...(port === undefined ? {} : { port }),
  };
}

function writeMirror(rule: RouteRule, pair: BackendPair, percent: number, found: FoundRule): void {
  const { primary, mirror, ambiguous } = readRule(rule, pair);
  if (!primary || (percent > 0 && mirror === percent && !ambiguous)) return;
  const filters = rule.filters ?? [];
  const at = filters.findIndex((one) => isCanaryMirror(one, pair));
  const wanted =
    percent > 0 ? mirrorFilter(primary, pair, percent) : (structuredClone(found.mirror) as Filter | undefined);
  const rest = filters.filter((one) => !isCanaryMirror(one, pair));
  const next = wanted ? rest.toSpliced(at < 0 ? rest.length : at, 0, wanted) : rest;
  if (next.length > 0) rule.filters = next;
  else delete rule.filters;
}

/** Without a percentage everything is copied, which clusters older than Gateway API 1.3 understand too. */
function mirrorFilter(primary: BackendRef, pair: BackendPair, percent: number): Filter {
  const { weight: _, filters: __, ...backendRef } = canaryLike(primary, pair);
  return { type: 'RequestMirror', requestMirror: { backendRef, ...(percent < 100 ? { percent } : {}) } };
}
