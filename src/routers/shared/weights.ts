/** Weights of one rule: our two share what others leave, and what was found comes back to the letter (order rule 2). Pure. */
import type { Side } from '../../contract/activities.ts';
import { isAtRest, type RouteIntent } from '../../contract/intent.ts';
import type { FoundRule } from '../contract.ts';

interface Weighted {
  weight?: number;
}

/** Who the entries of a rule are. Weights as it writes them. */
export interface RuleSides<E extends Weighted = Weighted> {
  /** Absent: it does not route to the primary. */
  primary?: E;
  canary?: E;
  primaryWeight: number;
  canaryWeight: number;
  /** Weight on destinations of others. */
  otherWeight: number;
  /** One of the two is listed twice. */
  ambiguous: boolean;
}

export interface RuleReading<E extends Weighted = Weighted> extends RuleSides<E> {
  /** Percent of requests copied to the canary. */
  mirror: number;
}

/** What an entry without a weight has. Where that is nothing, one that is alone gets everything. */
type Omitted = 0 | 1;

export function readSides<E extends Weighted>(
  entries: readonly E[],
  omitted: Omitted,
  is: (entry: E, side: Side) => boolean,
): RuleSides<E> {
  const alone = omitted === 0 && entries.length === 1;
  const weightOf = (entry: E | undefined) => (!entry ? 0 : alone ? 100 : (entry.weight ?? omitted));
  const primaries = entries.filter((entry) => is(entry, 'primary'));
  const canaries = entries.filter((entry) => is(entry, 'canary'));
  const total = entries.reduce((sum, entry) => sum + weightOf(entry), 0);
  const [primaryWeight, canaryWeight] = [weightOf(primaries[0]), weightOf(canaries[0])];
  return {
    ...(primaries[0] && { primary: primaries[0] }),
    ...(canaries[0] && { canary: canaries[0] }),
    primaryWeight,
    canaryWeight,
    otherWeight: total - primaryWeight - canaryWeight,
    ambiguous: primaries.length > 1 || canaries.length > 1,
  };
}

/** The weights as they are, for the way back to rest; the primary's only where the canary has no users. */
export function foundWeights({ primary, canary, canaryWeight, otherWeight }: RuleSides): Omit<FoundRule, 'index'> {
  const weight = canaryWeight === 0 ? primary?.weight : undefined;
  return {
    canary: canary !== undefined,
    weighted: primary?.weight !== undefined,
    ...(weight !== undefined && { weight }),
    ...(otherWeight > 0 && { others: otherWeight }),
    ...(canary?.weight !== undefined && { canaryWeighted: true }),
  };
}

/** Of a rule that nobody looked at before: everything on it stays written out. */
export function unknownWeights({ canary }: RuleSides): Omit<FoundRule, 'index'> {
  return { canary: canary !== undefined, weighted: true, canaryWeighted: true };
}

/**
 * Weights and mirror as an intent, in percent of what others leave; undefined when there is no such form.
 * @param wanted counts as said where its rounded share is what the rule says
 */
export function intentOf(reading: RuleReading, wanted?: RouteIntent): RouteIntent | undefined {
  const { primary, primaryWeight, canaryWeight, otherWeight, mirror, ambiguous } = reading;
  const share = primaryWeight + canaryWeight;
  if (!primary || ambiguous || share <= 0) return undefined;
  const exact = (100 * canaryWeight) / share;
  if (otherWeight === 0 && !Number.isInteger(exact)) return undefined;
  const meant = wanted && otherWeight > 0 && part(wanted.canary, share) === canaryWeight;
  const canary = meant ? wanted.canary : Math.round(exact);
  return { primary: 100 - canary, canary, mirror };
}

/** @param add the canary's entry, made from its sibling */
export function writeWeights<E extends Weighted>(
  entries: E[],
  { primary, canary, primaryWeight, canaryWeight, otherWeight }: RuleSides<E>,
  { intent, found, omitted }: { intent: RouteIntent; found: FoundRule; omitted: Omitted },
  add: (primary: E) => E,
): void {
  if (!primary) return;
  const ours = primaryWeight + canaryWeight || Math.max(0, 100 - otherWeight) || 100;
  const share = otherWeight > 0 ? ours : 100;
  if (intent.canary > 0) {
    const weight = part(intent.canary, share);
    primary.weight = share - weight;
    if (canary) canary.weight = weight;
    else entries.push({ ...add(primary), weight });
    return;
  }
  if (canary && !found.canary) entries.splice(entries.indexOf(canary), 1);
  else if (canary && (found.canaryWeighted || omitted > 0)) canary.weight = 0;
  else if (canary) delete canary.weight;
  const resting = isAtRest(intent);
  const bare = !found.weighted && (omitted > 0 ? resting : entries.length === 1);
  if (bare) delete primary.weight;
  else primary.weight = (resting && otherWeight === (found.others ?? 0) && found.weight) || share;
}

/** Rounded; the primary takes the rest. */
function part(percent: number, share: number): number {
  return Math.round((percent * share) / 100);
}
