import { MAX_BOUNDS } from './presets.ts';
import type { HistogramCounts } from './types.ts';

/** Quantiles whose bounds are guarded by default. */
const GUARDED = [0.5, 0.9, 0.99];

/** Observations and, for each wanted bound, those slower than it; null where the histogram has no such bound. */
export interface SlowCounts {
  requests: number;
  bad: (number | null)[];
}

/** Cumulative counts that never fall: a bucket of another scrape may be behind. */
function monotone({ counts }: HistogramCounts): number[] {
  let high = 0;
  return counts.map((count) => {
    high = Math.max(high, count);
    return high;
  });
}

/** No interpolation: only counts at bounds that exist are facts. */
export function slowCounts(histogram: HistogramCounts, bounds: readonly number[]): SlowCounts {
  const counts = monotone(histogram);
  const requests = counts.at(-1) ?? 0;
  const bad = bounds.map((le) => {
    const at = histogram.le.indexOf(le);
    return at < 0 ? null : requests - (counts[at] ?? 0);
  });
  return { requests, bad };
}

/** Bounds that both arms have; those of the first where there is no second. */
export function shared({ le }: HistogramCounts, other?: HistogramCounts): number[] {
  return other ? le.filter((bound) => other.le.includes(bound)) : le;
}

/** The first bound at or above a limit. */
export function boundFrom(bounds: readonly number[], limit: number): number | undefined {
  return bounds.find((le) => le >= limit);
}

/**
 * Beyond 26 bounds they are thinned evenly, those in `keep` always kept. Decided by the bounds alone, never by the counts, so the
 * choice costs no evidence.
 */
export function commonBounds(common: number[], keep: readonly (number | undefined)[] = []): number[] {
  if (common.length <= MAX_BOUNDS) return common;
  const kept = common.filter((le) => keep.includes(le));
  const others = common.filter((le) => !keep.includes(le));
  const room = MAX_BOUNDS - kept.length;
  const picked = Array.from(
    { length: room },
    (_, i) => others[Math.floor(((i + 0.5) * others.length) / room)] as number,
  );
  return [...kept, ...picked].toSorted((a, b) => a - b);
}

/**
 * Bounds at which health must be proven: the first at or above the p50, p90 and p99 of a histogram, and the objective's.
 * Take the primary's histogram of the 30 minutes before the rollout: bounds chosen from judged data would be a bet on
 * known results. Quantiles beyond the last finite bound take that one.
 * @param objective bound of a latency objective, in the unit of `le`; the first bound at or above it is added
 * @returns rising bounds, empty without observations
 */
export function guardBounds(histogram: HistogramCounts, objective?: number): number[] {
  const counts = monotone(histogram);
  const total = counts.at(-1) ?? 0;
  const last = histogram.le.at(-1);
  if (total === 0 || last === undefined) return [];
  const chosen = GUARDED.map((q) => histogram.le.find((_, i) => (counts[i] ?? 0) >= q * total) ?? last);
  if (objective !== undefined) chosen.push(boundFrom(histogram.le, objective) ?? last);
  return [...new Set(chosen)].toSorted((a, b) => a - b);
}
