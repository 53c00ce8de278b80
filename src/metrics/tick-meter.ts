import type { ArmCounts } from '../judge/compare/types.ts';
import type { ArmTotals } from './arm-counts.ts';
import type { Arm } from './istio-series.ts';

/** Cuts growing totals into what happened between two looks. An arm that is not heard of keeps its counts for the next look. */
export class TickMeter {
  readonly #last = new Map<Arm, ArmTotals>();

  /** The totals when the arm was last heard of. */
  last(arm: Arm): ArmTotals | undefined {
    return this.#last.get(arm);
  }

  /** Goes on from there. */
  goOn(arm: Arm, last: ArmTotals): void {
    this.#last.set(arm, last);
  }

  /** @returns the arm's increments since it was last heard of; null when it is not heard of now */
  next(arm: Arm, totals: ArmTotals | undefined): ArmCounts | null {
    if (!totals) return null;
    const before = this.#last.get(arm);
    // what a store has lost for a while comes back, and must not count again
    if (totals.requests >= (before?.requests ?? 0)) this.#last.set(arm, totals);
    const requests = grown(totals.requests, before?.requests);
    const errors = Math.min(requests, grown(totals.errors, before?.errors));
    const histogram = difference(totals.histogram, before?.histogram);
    return { requests, errors, ...(histogram && { histogram }) };
  }
}

function difference(now: ArmTotals['histogram'], before: ArmTotals['histogram'] = []): ArmCounts['histogram'] {
  if (now.at(-1)?.[0] !== Number.POSITIVE_INFINITY) return undefined;
  const known = new Map(before);
  // A bound that is new among others has counted before we looked.
  const buckets = before.length === 0 ? now : now.filter(([le]) => known.has(le));
  if (buckets.at(-1)?.[0] !== Number.POSITIVE_INFINITY) return undefined;
  const counts = buckets.map(([le, count]) => grown(count, known.get(le)));
  return { le: buckets.slice(0, -1).map(([le]) => le), counts };
}

function grown(now: number, before = 0): number {
  return Math.max(0, now - before);
}
