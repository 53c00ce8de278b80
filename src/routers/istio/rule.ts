/** One rule of a VirtualService: reading our fields and changing nothing else. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { RouteIntent } from '../../contract/intent.ts';
import type { Destination } from '../../contract/plan.ts';
import type { FoundRule } from '../contract.ts';
import { sameHost } from '../shared/host.ts';
import type { RuleReading } from '../shared/rules.ts';
import { foundWeights, readWeights, writeWeights } from '../shared/weights.ts';
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

export interface HttpReading extends RuleReading {
  primary?: WeightedDestination;
  canary?: WeightedDestination;
}

export function readRule(rule: HttpRule, pair: DestinationPair): HttpReading {
  const at = (wanted: Destination) =>
    (rule.route ?? []).filter(({ destination }) => isDestination(destination, wanted, pair.namespace));
  const [primaries, canaries] = [at(pair.primary), at(pair.canary)];
  const [primary, canary] = [primaries[0], canaries[0]];
  const copied = mirrorsOf(rule).filter(({ destination }) => isDestination(destination, pair.canary, pair.namespace));
  return {
    ...(primary && { primary }),
    ...(canary && { canary }),
    ...readWeights({ entries: rule.route ?? [], primary, canary, omitted: 0 }),
    mirror: copied.reduce((sum, { percentage }) => sum + (percentage ? (percentage.value ?? 0) : 100), 0),
    ambiguous: primaries.length > 1 || canaries.length > 1,
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
  const { primary, canary } = reading;
  const mirror = restingMirror(rule, reading, pair);
  const empty = { primary: emptyContainers(primary), canary: emptyContainers(canary) };
  return {
    index,
    canary: canary !== undefined,
    weighted: primary?.weight !== undefined,
    ...foundWeights({ entries: rule.route ?? [], primary, canary, omitted: 0 }),
    ...(canary?.weight === undefined ? {} : { canaryWeighted: true }),
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

/** A rule that nobody looked at before: everything on it stays written out. */
export function unknownRule(rule: HttpRule, index: number, pair: DestinationPair): FoundRule {
  return { index, canary: readRule(rule, pair).canary !== undefined, weighted: true, canaryWeighted: true };
}

/** The rule with our fields brought to the intent; the argument is not changed. */
export function withIntent(rule: HttpRule, pair: DestinationPair, intent: RouteIntent, found: FoundRule): HttpRule {
  const next = structuredClone(rule);
  writeMirror(next, pair, intent.mirror, found);
  const { primary, canary } = readRule(next, pair);
  const weights = { entries: next.route ?? [], primary, canary, omitted: 0 } as const;
  writeWeights(weights, intent, found, (sibling) => ({
    ...structuredClone(sibling),
    destination: canaryLike(sibling, pair),
  }));
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
  else if (percent === 0) rule.mirrors = others;
  else addMirror(rule, others, { destination, percentage });
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
