/** One rule of an HTTPRoute or GRPCRoute: reading weights and mirror, and changing nothing else. Pure. */
import type { RouteIntent } from '../../contract/intent.ts';
import type { FoundRule } from '../contract.ts';
import { foundWeights, type RuleReading, readSides, writeWeights } from '../shared/weights.ts';
import { type BackendPair, type BackendRef, type Filter, isBackend, isMirrorTo, type RouteRule } from './objects.ts';

type BackendReading = RuleReading<BackendRef>;

/** Twice is also said of the canary's mirror. */
export function readRule(rule: RouteRule, pair: BackendPair): BackendReading {
  const mirrors = (rule.filters ?? []).filter((one) => isMirrorTo(one, pair.canary, pair.namespace));
  const sides = readSides(rule.backendRefs ?? [], 1, (one, side) => isBackend(one, pair[side], pair.namespace));
  return {
    ...sides,
    mirror: mirrors.reduce((sum, one) => sum + mirrorPercent(one), 0),
    ambiguous: sides.ambiguous || mirrors.length > 1,
  };
}

function mirrorPercent({ requestMirror }: Filter): number {
  const { percent, fraction } = requestMirror ?? {};
  if (fraction) return (100 * fraction.numerator) / (fraction.denominator ?? 100);
  return percent ?? 100;
}

/** Our fields as they are, for the way back to rest. */
export function foundRule(rule: RouteRule, index: number, pair: BackendPair): FoundRule {
  const reading = readRule(rule, pair);
  const idle =
    reading.mirror === 0 ? rule.filters?.find((one) => isMirrorTo(one, pair.canary, pair.namespace)) : undefined;
  return { index, ...foundWeights(reading), ...(idle ? { mirror: idle } : {}) };
}

/** The rule with weights and mirror brought to the intent; the argument is not changed. */
export function withIntent(rule: RouteRule, pair: BackendPair, intent: RouteIntent, found: FoundRule): RouteRule {
  const next = structuredClone(rule);
  writeMirror(next, pair, intent.mirror, found);
  const like = (sibling: BackendRef) => canaryLike(sibling, pair);
  writeWeights(next.backendRefs ?? [], readRule(next, pair), { intent, found, omitted: 1 }, like);
  return next;
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
  const at = filters.findIndex((one) => isMirrorTo(one, pair.canary, pair.namespace));
  const wanted =
    percent > 0 ? mirrorFilter(primary, pair, percent) : (structuredClone(found.mirror) as Filter | undefined);
  const rest = filters.filter((one) => !isMirrorTo(one, pair.canary, pair.namespace));
  const next = wanted ? rest.toSpliced(at < 0 ? rest.length : at, 0, wanted) : rest;
  if (next.length > 0) rule.filters = next;
  else delete rule.filters;
}

/** Without a percentage everything is copied, which clusters older than Gateway API 1.3 understand too. */
function mirrorFilter(primary: BackendRef, pair: BackendPair, percent: number): Filter {
  const { weight: _, filters: __, ...backendRef } = canaryLike(primary, pair);
  return { type: 'RequestMirror', requestMirror: { backendRef, ...(percent < 100 ? { percent } : {}) } };
}
