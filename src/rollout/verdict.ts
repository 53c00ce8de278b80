/** One check over one interval. */
export interface CheckResult {
  name: string;
  verdict: 'pass' | 'fail' | 'noAnswer';
  /** Percent for a success rate, ms for a duration; absent when there is no answer. */
  value?: number;
  /** The limit the value was held against, in the same unit. */
  limit: number;
  unit: '%' | 'ms';
  /** Requests that the value was computed from. */
  requests: number;
  /** One plain sentence with the numbers. */
  sentence: string;
}

/**
 * - `pass`: every check passed
 * - `fail`: at least one check failed
 * - `noAnswer`: none failed and at least one had no data: never advances, never counts as a failure (order rule 7)
 * - `canaryLost`: no canary pod was ready any more; the interval ended at once
 */
export type IntervalVerdict = 'pass' | 'fail' | 'noAnswer' | 'canaryLost';

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
  sentence: string;
}

/** What a running interval reports by heartbeat: the numbers so far. */
export interface IntervalProgress {
  elapsedMs: number;
  durationMs: number;
  checks: CheckResult[];
  requests: number;
  observedWeight?: number;
  canaryReady: number;
}
