import type { JudgeState } from '../judge/compare/state.ts';
import type { ArmCounts, Reason, Verdict } from '../judge/compare/types.ts';
import type { IntervalSoFar } from './slice.ts';

/** One check over one interval. */
export interface CheckResult {
  name: string;
  /** `inconclusive`: the canary fails it, and so does the primary. */
  verdict: 'pass' | 'fail' | 'noAnswer' | 'inconclusive';
  /** Percent for a success rate, ms for a duration; absent when there is no answer. */
  value?: number;
  /** The limit the value was held against, in the same unit. */
  limit: number;
  /** Which side of the limit is right. Absent: a floor for `%`, a ceiling otherwise. */
  bound?: 'min' | 'max';
  /** `%`, `ms`, or what the plan's query says; may be empty. */
  unit: string;
  /** Requests that the value was computed from. */
  requests: number;
  /** One plain sentence with the numbers. */
  sentence: string;
  /** The plan has no check that sees requests: this is said wherever the verdict is shown. */
  podsOnly?: boolean;
}

/**
 * - `pass`: every check passed
 * - `fail`: at least one check failed
 * - `inconclusive`: the primary fails the same checks: neither advances nor counts as a failure
 * - `noAnswer`: none failed and at least one had no data: never advances, never counts as a failure (order rule 7)
 * - `canaryLost`: no canary pod was ready any more; the interval ended at once
 * - `worse`: the canary is proven worse than the primary, or all of its pods have crashed; the interval ended at once
 */
export type IntervalVerdict = 'pass' | 'fail' | 'inconclusive' | 'noAnswer' | 'canaryLost' | 'worse';

export interface IntervalResult {
  verdict: IntervalVerdict;
  checks: CheckResult[];
  /** ISO 8601; clock of the worker. */
  from: string;
  to: string;
  /** Requests that reached the canary (copies while mirroring). */
  requests: number;
  /** Share of users' requests that the sources sent to the canary, percent; absent when not observed. */
  observedWeight?: number;
  canaryReady: number;
  /** Requests that reached the canary past the routes, an estimate that may be negative; at live weights only. */
  bypassed?: number;
  /** Requests of our own by the users' way, to canary and primary together: of the plan's `during`. Absent: none. */
  own?: number;
  sentence: string;
  /** Somebody else's change of a route, which ended the interval: it has no verdict then. */
  drift?: string;
  /** With `source: canary`: somebody has resumed the canary, so that a new template would replace its pods. */
  resumed?: true;
  /** Present when the plan compares. */
  comparison?: IntervalComparison;
}

/** What a slice of an interval ends with: the verdict, or what the next one goes on from (absent: it starts over) and its looks. */
export type IntervalSlice = IntervalResult | { soFar?: IntervalSoFar; ticks: readonly ComparedTick[] };

/** How the comparison of canary and primary stands; evidence as natural logarithms. */
export interface Comparison {
  verdict: Verdict;
  reason: Reason;
  /** One plain sentence with the numbers. */
  sentence: string;
  lnAbort: number;
  lnAbortAt: number;
  /** The weakest proof of health at its best in this stage. */
  lnPass: number;
  lnPassAt: number;
  /** Both arms are not compared at this weight: limits alone decide. */
  frozen: boolean;
}

export interface IntervalComparison extends Comparison {
  /** Every look of the interval, for charts and to judge again by other rules. */
  ticks: ComparedTick[];
  /** The stage may be left upwards although nothing is proven: the evidence does not lean, and there was enough traffic. */
  mayAdvance: boolean;
  /** To go on with. */
  judge: JudgeState;
  /** The same of what the pods count themselves. */
  pods?: JudgeState;
}

/** One look at both arms; null: not heard of. */
export interface ComparedTick {
  /** ISO 8601. */
  at: string;
  canary: Pick<ArmCounts, 'requests' | 'errors'> | null;
  primary: Pick<ArmCounts, 'requests' | 'errors'> | null;
  lnAbort: number;
  lnPass: number;
}

/** What a running interval reports by heartbeat: the numbers so far, and what another attempt goes on from. */
export interface IntervalProgress {
  elapsedMs: number;
  durationMs: number;
  checks: CheckResult[];
  requests: number;
  observedWeight?: number;
  canaryReady: number;
  comparison?: Comparison;
  own?: number;
  soFar?: IntervalSoFar;
}
