/** One rule of a VirtualService: reading our fields and changing nothing else. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { RouteIntent } from '../../contract/intent.ts';
import type { FoundRule } from '../contract.ts';
import { sameHost } from '../shared/host.ts';
import { foundWeights, type RuleReading, readSides, writeWeights } from '../shared/weights.ts';
import { emptyContainers } from './cookie.ts';
import {
  type DestinationPair,
  type HttpMirror,
  type HttpRule,
  type IstioDestination,
  isDestination,
  type WeightedDestination,
} from './objects.ts';

/** Every spelling of the mirror that Istio's API has had. */
export const MIRROR_FIELDS = ['mirror', 'mirrorPercentage', 'mirrorPercent', 'mirror_percent', 'mirrors'] as const;

export type HttpReading = RuleReading<WeightedDestination>;

export function readRule(rule: HttpRule, pair: DestinationPair): HttpReading {
  const { namespace } = pair;
  const copied = mirrorsOf(rule).filter(({ destination }) => isDestination(destination, pair.canary, namespace));
  return {
    ...readSides(rule.route ?? [], 0, ({ destination }, side) => isDestination(destination, pair[side], namespace)),
    mirror: copied.reduce((sum, { percentage }) => sum + (percentage ? (percentage.value ?? 0) : 100), 0),
  };
}

/** Every spelling as an entry of `mirrors`. An absent percentage means all requests, an empty one none. */
export function mirrorsOf(rule: Partial<HttpRule>): HttpMirror[] {
  const { mirror, mirrors = [] } = rule;
  if (!mirror) return mirrors;
  const legacy = rule.mirrorPercent ?? rule.mirror_percent;
  const percentage = rule.mirrorPercentage ?? (legacy === undefined ? undefined : { value: Number(legacy) });
  return [{ destination: mirror, ...(percentage && { percentage }) }, ...mirrors];
}

/** Our fields as they are, for the way back to rest. */
export function foundRule(rule: HttpRule, index: number, pair: DestinationPair): FoundRule {
  const reading = readRule(rule, pair);
  const mirror = restingMirror(rule, reading, pair);
  const empty = { primary: emptyContainers(reading.primary), canary: emptyContainers(reading.canary) };
  return {
    index,
    ...foundWeights(reading),
    ...(Object.keys(mirror).length > 0 ? { mirror } : {}),
    ...(empty.primary + empty.canary > 0 ? { emptyHeaders: empty } : {}),
  };
}

/** The mirror fields as they are; without copies to the canary, which end with the rollout. */
function restingMirror(rule: HttpRule, { mirror }: HttpReading, pair: DestinationPair): Partial<HttpRule> {
  if (mirror === 0) return mirrorFields(rule);
  const mirrors = othersMirrors(rule, pair);
  return mirrors.length > 0 ? { mirrors } : {};
}

function mirrorFields(rule: HttpRule): Partial<HttpRule> {
  return Object.fromEntries(MIRROR_FIELDS.filter((field) => rule[field] !== undefined).map((f) => [f, rule[f]]));
}

export function othersMirrors(rule: Partial<HttpRule>, pair: DestinationPair): HttpMirror[] {
  return mirrorsOf(rule).filter(({ destination }) => !isDestination(destination, pair.canary, pair.namespace));
}

/** The rule with our fields brought to the intent; the argument is not changed. */
export function withIntent(rule: HttpRule, pair: DestinationPair, intent: RouteIntent, found: FoundRule): HttpRule {
  const next = structuredClone(rule);
  writeMirror(next, pair, intent.mirror, found);
  const like = (sibling: WeightedDestination) => ({
    ...structuredClone(sibling),
    destination: canaryLike(sibling, pair),
  });
  writeWeights(next.route ?? [], readRule(next, pair), { intent, found, omitted: 0 }, like);
  return next;
}

function writeMirror(rule: HttpRule, pair: DestinationPair, percent: number, found: FoundRule): void {
  const { primary, mirror } = readRule(rule, pair);
  if (percent > 0 && mirror === percent) return;
  const others = othersMirrors(rule, pair);
  const asFound = isDeepStrictEqual(othersMirrors(found.mirror ?? {}, pair), others);
  // somebody has changed their own since, and nothing of ours is there
  if (percent === 0 && !asFound && others.length === mirrorsOf(rule).length) return;
  for (const field of MIRROR_FIELDS) delete rule[field];
  const destination = canaryLike(primary, pair);
  const percentage = { value: percent };
  if (percent === 0 && asFound) Object.assign(rule, structuredClone(found.mirror ?? {}));
  else if (percent > 0) addMirror(rule, others, { destination, percentage });
  else if (others.length > 0) rule.mirrors = others;
}

/** One more copy, beside those of others where there are any: that needs the list of Istio 1.19, and excludes `mirror`. */
export function addMirror(rule: HttpRule, others: HttpMirror[], { destination, percentage }: HttpMirror): void {
  if (others.length > 0) rule.mirrors = [...others, { destination, percentage }];
  else Object.assign(rule, { mirror: destination, mirrorPercentage: percentage });
}

/** The canary in the rule's own spelling: same form of the host and same port as the primary's entry. */
function canaryLike(primary: WeightedDestination | undefined, pair: DestinationPair): IstioDestination {
  const beside = primary?.destination;
  const { namespace } = pair;
  const host = beside && sameHost(beside.host, namespace, pair.canary.host, namespace) ? beside.host : pair.canary.host;
  return {
    host,
    ...(pair.canary.subset === undefined ? {} : { subset: pair.canary.subset }),
    ...(beside?.port ? { port: beside.port } : {}),
  };
}
