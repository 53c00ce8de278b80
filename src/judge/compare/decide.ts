import type { Reason, Verdict } from './types.ts';

/** E above 1 by more than the rounding of many ticks: the evidence leans against the canary. */
export function leansWorse(lnAbort: number): boolean {
  return lnAbort > 1e-9;
}

/** All that the verdict depends on. */
export interface Standing {
  aborted: boolean;
  frozen: boolean;
  /** Ticks in a row without data, this one included. */
  missing: number;
  missingTicks: number;
  warmUp: boolean;
  /** Every metric was counted in this tick. */
  counted: boolean;
  /** The primary is above its guard in this tick; and it is proven to be. */
  primaryAbove: boolean;
  primaryProven: boolean;
  /** Every proof of health has once reached its threshold in this stage. */
  proven: boolean;
  /** ln E against the canary. */
  lnAbort: number;
  /** Minimum of counted ticks and minimum bake time are over. */
  oldEnough: boolean;
  overdue: boolean;
}

/**
 * The decision rule; the first that applies. Nothing passes on a tick without data, during trouble of the primary's own,
 * or while the evidence leans against the canary (E above 1), however well proven it was before.
 */
export function decide(now: Standing): { verdict: Verdict; reason: Reason } {
  if (now.aborted) return { verdict: 'abort', reason: 'worse' };
  if (now.frozen) return { verdict: 'continue', reason: 'frozen' };
  if (now.missing >= now.missingTicks) return { verdict: 'inconclusive', reason: 'missing-data' };
  if (now.primaryProven) return { verdict: 'inconclusive', reason: 'primary-violates-guard' };
  const waiting = whyNotYet(now);
  if (!waiting) return { verdict: 'pass', reason: 'healthy' };
  if (now.overdue) return { verdict: 'inconclusive', reason: 'deadline' };
  return { verdict: 'continue', reason: waiting };
}

function whyNotYet(now: Standing): Reason | undefined {
  if (now.warmUp) return 'warm-up';
  if (!now.counted) return 'no-data';
  if (!now.proven) return 'not-proven';
  if (leansWorse(now.lnAbort)) return 'leaning-worse';
  if (now.primaryAbove) return 'primary-violates-guard';
  return now.oldEnough ? undefined : 'too-early';
}
