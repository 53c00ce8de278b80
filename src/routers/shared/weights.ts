/** Weights of one rule: our two share what others leave, and what was found comes back to the letter (order rule 2). Pure. */
import { isAtRest, type RouteIntent } from '../../contract/intent.ts';
import type { FoundRule } from '../contract.ts';
import type { RuleReading } from './rules.ts';

interface Weighted {
  weight?: number;
}

/** The entries of one rule, ours and those of others. */
export interface WeightedRule<E extends Weighted> {
  entries: E[];
  primary: E | undefined;
  canary: E | undefined;
  /** What an entry without a weight has. Where that is nothing, one that is alone gets everything. */
  omitted: 0 | 1;
}

/** As the rule writes them. */
export type Weights = Pick<RuleReading, 'primaryWeight' | 'canaryWeight' | 'otherWeight'>;

export function readWeights<E extends Weighted>({ entries, primary, canary, omitted }: WeightedRule<E>): Weights {
  const alone = omitted === 0 && entries.length === 1;
  const weightOf = (entry: E | undefined) => (!entry ? 0 : alone ? 100 : (entry.weight ?? omitted));
  const total = entries.reduce((sum, entry) => sum + weightOf(entry), 0);
  const [primaryWeight, canaryWeight] = [weightOf(primary), weightOf(canary)];
  return { primaryWeight, canaryWeight, otherWeight: total - primaryWeight - canaryWeight };
}

/** The same for the way back to rest; nothing of it where the canary has users. */
export function foundWeights<E extends Weighted>(rule: WeightedRule<E>): Partial<FoundRule> {
  const { canaryWeight, otherWeight } = readWeights(rule);
  const weight = canaryWeight === 0 ? rule.primary?.weight : undefined;
  return { ...(weight !== undefined && { weight }), ...(otherWeight > 0 && { others: otherWeight }) };
}

/**
 * Weights and mirror as an intent, in percent of what others leave; undefined when there is no such form.
 * @param wanted counts as said where its rounded share is what the rule says
 */
export function intentOf(reading: RuleReading, wanted?: RouteIntent): RouteIntent | undefined {
  const { primary, primaryWeight, canaryWeight, otherWeight, mirror, ambiguous } = reading;
  const share = primaryWeight + canaryWeight;
  if (!primary || ambiguous || share <= 0 || !Number.isInteger(mirror)) return undefined;
  const exact = (100 * canaryWeight) / share;
  if (otherWeight === 0 && !Number.isInteger(exact)) return undefined;
  const meant = wanted && otherWeight > 0 && part(wanted.canary, share) === canaryWeight;
  const canary = meant ? wanted.canary : Math.round(exact);
  return { primary: 100 - canary, canary, mirror };
}

/** @param add the canary's entry, made from its sibling */
export function writeWeights<E extends Weighted>(
  rule: WeightedRule<E>,
  intent: RouteIntent,
  found: FoundRule,
  add: (primary: E) => E,
): void {
  const { entries, primary, canary, omitted } = rule;
  if (!primary) return;
  const { primaryWeight, canaryWeight, otherWeight } = readWeights(rule);
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
