/** One rule of a VirtualService: reading our fields and changing nothing else. Pure. */
import type { RouteIntent } from '../../contract/intent.ts';
import type { FoundRule } from '../contract.ts';
import { sameHost } from '../shared/host.ts';
import type { RuleReading } from '../shared/rules.ts';
import { emptyContainers } from './cookie.ts';
import {
  type DestinationPair,
  describeDestination,
  type HttpRule,
  type IstioDestination,
  isDestination,
  type WeightedDestination,
} from './objects.ts';

/** Every spelling of the mirror that Istio's API has had; all of them are ours on a managed rule. */
export const MIRROR_FIELDS = ['mirror', 'mirrorPercentage', 'mirrorPercent', 'mirror_percent', 'mirrors'] as const;

export interface HttpReading extends RuleReading {
  primary?: WeightedDestination;
  canary?: WeightedDestination;
}

export function readRule(rule: HttpRule, pair: DestinationPair): HttpReading {
  const routes = rule.route ?? [];
  const at = (wanted: DestinationPair['primary']) =>
    routes.filter((r) => isDestination(r.destination, wanted, pair.namespace));
  const primaries = at(pair.primary);
  const canaries = at(pair.canary);
  // A single destination gets everything, whatever its weight says.
  const weightOf = (r: WeightedDestination | undefined) => (!r ? 0 : routes.length === 1 ? 100 : (r.weight ?? 0));
  const total = routes.reduce((sum, r) => sum + weightOf(r), 0);
  const primaryWeight = weightOf(primaries[0]);
  const canaryWeight = weightOf(canaries[0]);
  return {
    primary: primaries[0],
    canary: canaries[0],
    primaryWeight,
    canaryWeight,
    otherWeight: total - primaryWeight - canaryWeight,
    ...readMirror(rule, pair),
    ambiguous: primaries.length > 1 || canaries.length > 1,
  };
}

function readMirror(rule: HttpRule, pair: DestinationPair): Pick<HttpReading, 'mirror' | 'foreignMirror'> {
  let mirror = 0;
  for (const { to, percent } of mirrorsOf(rule)) {
    if (!isDestination(to, pair.canary, pair.namespace)) return { mirror, foreignMirror: describeDestination(to) };
    mirror += percent;
  }
  return { mirror };
}

/** An absent percentage means all requests, an empty one none. */
function mirrorsOf(rule: HttpRule): { to: IstioDestination; percent: number }[] {
  const list = (rule.mirrors ?? []).map((m) => ({
    to: m.destination ?? { host: '' },
    percent: m.percentage ? (m.percentage.value ?? 0) : 100,
  }));
  if (!rule.mirror) return list;
  const legacy = rule.mirrorPercent ?? rule.mirror_percent;
  const percent = rule.mirrorPercentage ? (rule.mirrorPercentage.value ?? 0) : Number(legacy ?? 100);
  return [{ to: rule.mirror, percent }, ...list];
}

/** The rule as one intent; undefined when it has no such form (other weights, another mirror, weights that do not sum to 100). */
export function intentOf(reading: RuleReading): RouteIntent | undefined {
  const { primary, primaryWeight, canaryWeight, otherWeight, mirror, foreignMirror, ambiguous } = reading;
  if (!primary || ambiguous || foreignMirror !== undefined || otherWeight !== 0) return undefined;
  if (canaryWeight === 0 && primaryWeight > 0) return { primary: 100, canary: 0, mirror };
  if (primaryWeight + canaryWeight !== 100) return undefined;
  return { primary: primaryWeight, canary: canaryWeight, mirror };
}

/** Our fields as they are, for the way back to rest. */
export function foundRule(rule: HttpRule, index: number, pair: DestinationPair): FoundRule {
  const reading = readRule(rule, pair);
  const mirror = Object.fromEntries(MIRROR_FIELDS.filter((f) => rule[f] !== undefined).map((f) => [f, rule[f]]));
  const idle = reading.mirror === 0 && reading.foreignMirror === undefined && Object.keys(mirror).length > 0;
  const empty = { primary: emptyContainers(reading.primary), canary: emptyContainers(reading.canary) };
  return {
    index,
    canary: reading.canary !== undefined,
    weighted: reading.primary?.weight !== undefined,
    ...(reading.canary?.weight === undefined ? {} : { canaryWeighted: true }),
    ...(idle ? { mirror } : {}),
    ...(empty.primary + empty.canary > 0 ? { emptyHeaders: empty } : {}),
  };
}

/** A rule that nobody looked at before: everything on it stays written out. */
export function unknownRule(rule: HttpRule, index: number, pair: DestinationPair): FoundRule {
  return { index, canary: readRule(rule, pair).canary !== undefined, weighted: true, canaryWeighted: true };
}

/**
 * The rule with our fields brought to the intent; the argument is not changed.
 * Weights on destinations of others stay, and the pair shares what they leave of 100.
 */
export function withIntent(rule: HttpRule, pair: DestinationPair, intent: RouteIntent, found: FoundRule): HttpRule {
  const next = structuredClone(rule);
  writeMirror(next, pair, intent.mirror, found);
  writeWeights(next, pair, intent, found);
  return next;
}

/** The rule without what others put on it besides the pair: their mirror, and the weight of their destinations. */
export function withoutOthers(rule: HttpRule, pair: DestinationPair): HttpRule {
  const next = structuredClone(rule);
  const { primary, canary, foreignMirror } = readRule(next, pair);
  if (foreignMirror !== undefined) for (const field of MIRROR_FIELDS) delete next[field];
  for (const entry of next.route ?? []) if (entry !== primary && entry !== canary) entry.weight = 0;
  return next;
}

function writeWeights(rule: HttpRule, pair: DestinationPair, intent: RouteIntent, found: FoundRule): void {
  const routes = rule.route ?? [];
  const { primary, canary, otherWeight } = readRule(rule, pair);
  if (!primary) return;
  const share = Math.max(0, 100 - (routes.length > 1 ? otherWeight : 0));
  const canaryWeight = Math.round((intent.canary * share) / 100);
  if (intent.canary > 0) {
    primary.weight = share - canaryWeight;
    if (canary) canary.weight = canaryWeight;
    else routes.push({ destination: canaryLike(primary, pair), weight: canaryWeight });
    return;
  }
  if (canary && !found.canary) routes.splice(routes.indexOf(canary), 1);
  else if (canary && found.canaryWeighted) canary.weight = 0;
  else if (canary) delete canary.weight;
  if (found.weighted || routes.length > 1) primary.weight = share;
  else delete primary.weight;
}

function writeMirror(rule: HttpRule, pair: DestinationPair, percent: number, found: FoundRule): void {
  const { primary, mirror, foreignMirror } = readRule(rule, pair);
  // Somebody else's mirror is not ours to remove; preflight refuses it and drift names it.
  if (foreignMirror !== undefined || (percent > 0 && mirror === percent)) return;
  for (const field of MIRROR_FIELDS) delete rule[field];
  if (percent === 0) Object.assign(rule, structuredClone(found.mirror ?? {}));
  else {
    rule.mirror = canaryLike(primary, pair);
    rule.mirrorPercentage = { value: percent };
  }
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
