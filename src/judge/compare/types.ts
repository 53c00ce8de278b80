/** What goes into the comparison of canary and primary and what comes out of it. Plain JSON data throughout. */

/** A classic histogram's increments over one tick. */
export interface HistogramCounts {
  /** Finite upper bounds, strictly increasing, in one unit of the caller's choice (seconds for most clients). */
  le: number[];
  /** Cumulative counts at those bounds and, last, all observations (`+Inf`): one entry more than `le`. */
  counts: number[];
}

/** Increments of one arm since the tick before: not totals and not rates. Fractions are allowed. */
export interface ArmCounts {
  requests: number;
  /** Those of the requests that count against the service; at most `requests`. */
  errors: number;
  histogram?: HistogramCounts;
}

/**
 * One look: both arms read at one instant. An arm that is absent (or null) was not heard of: its data are missing. What
 * could not be counted is carried over to the next tick, so the counts of an arm reach back to when it was last heard.
 */
export interface Tick {
  /** Any number that rises from tick to tick, such as an index or seconds; it comes back in the output. */
  tick: number;
  canary?: ArmCounts | null;
  primary?: ArmCounts | null;
  /** Part of a whole look, above 0 and at most 1: the most that it may add to the evidence is in proportion. Default 1. */
  span?: number;
}

/** A tolerated rate: `ratio` x the primary's rate + `margin` (a share of requests, 0.001 is 0.1 points). */
export interface Line {
  ratio: number;
  margin: number;
}

export type PresetName = 'strict' | 'default' | 'relaxed';

export interface MetricOptions {
  /** The canary is worse beyond this line. Preset default: errors 1.10 and 0.001, latency 1.10 and 0.005. */
  abort?: Partial<Line>;
  /** The canary is healthy below this line. Preset default: errors 1.25 and 0.005, latency 1.25 and 0.010. */
  pass?: Partial<Line>;
  /** Share of the rollout's alpha, relative to the other metrics' weights. Default 1 each. */
  weight?: number;
  /** Failures come in clusters of about this many, at least 1. Default 1; see `overdispersion`. */
  overdispersion?: number;
  /** Least ratio of the abort line, as the primary's own pods differ; moves no pass line. Default none; see `podSpread`. */
  podRatio?: number;
  /** Warm-up of this metric and its guard, instead of the comparison's. */
  warmupTicks?: number;
}

export interface LatencyOptions extends MetricOptions {
  /**
   * Bounds at which health must be proven, best chosen with `guardBounds` from the primary's last 30 minutes before the
   * rollout. Default: chosen from the first primary histogram that is seen; proofs then begin a tick later.
   */
  guards?: number[];
  /** Unit of the bounds, for sentences only. Default none. */
  unit?: 's' | 'ms';
}

/** Limits that hold whatever the primary does, as service level objectives have them. Shares of requests, 0 to 1. */
export interface GuardOptions {
  /** Largest tolerated share of failed requests: 0.01 for an objective of 99 %. */
  errors?: number;
  /** Largest tolerated share of requests slower than the first histogram bound that is at least `le`. */
  latency?: { le: number; share: number };
  /** As for a metric, each. Default 1. */
  weight?: number;
}

/** Everything has a default: `{}` compares error rates with the preset `default`. */
export interface CompareOptions {
  preset?: PresetName;
  /** Objective for good responses, 0 to 1 (0.999): sets the margins of the error lines in proportion to 1 - slo. */
  slo?: number;
  /** Chance of aborting a canary within tolerance, over the whole rollout however long. Default 0.01. */
  alpha?: number;
  /** Chance of passing a canary that is out of tolerance, per stage. Default 0.05. */
  beta?: number;
  /** `false` leaves the metric out. Default: errors compared, latency not; `latency: {}` compares it. */
  errors?: MetricOptions | false;
  latency?: LatencyOptions | false;
  guard?: GuardOptions;
  /**
   * How long the canary warms up after its first requests, in the unit of `Tick.tick`. Only what no warm-up excuses counts
   * meanwhile: beyond 5 x the primary's rate + 10 points of errors, or + 50 points of slow answers. Default 2.
   */
  warmupTicks?: number;
  /** Counted ticks of a stage before it can pass. Default 3. */
  minTicks?: number;
  /** Ticks of a stage, counted or not, before it can pass. Default 0. */
  minBakeTicks?: number;
  /** Ticks of a stage after which it is inconclusive. Default none. */
  deadlineTicks?: number;
  /** Ticks in a row without data that make the comparison inconclusive. Default 3. */
  missingTicks?: number;
  /** Whole looks that an abort needs at least (the cap of one look's evidence follows). Default 2. */
  abortTicks?: number;
  /** Whole looks that a pass needs at least (the cap of one look's evidence follows). Default 3. */
  passTicks?: number;
  /** Bad canary requests of the stage's leading metric that an abort needs at least. Default 0. */
  minBad?: number;
}

/** The weight of a stage in percent, 0 to 100; absent while mirroring. */
export interface JudgedStage {
  weight?: number;
}

/**
 * - `abort`: the canary is worse; stays once given
 * - `pass`: this stage is proven healthy, now; may be withdrawn at a later tick
 * - `inconclusive`: deadline reached, data missing, or the primary itself in trouble; ends when its cause ends
 * - `continue`: nothing to say yet
 */
export type Verdict = 'pass' | 'abort' | 'inconclusive' | 'continue';

/** Why, for programs: the sentence says it in words. */
export type Reason =
  | 'worse'
  | 'healthy'
  | 'deadline'
  | 'missing-data'
  | 'primary-violates-guard'
  | 'frozen'
  | 'warm-up'
  | 'no-data'
  | 'too-early'
  | 'leaning-worse'
  | 'not-proven';

export type MetricName = 'errors' | 'latency' | 'errors-guard' | 'latency-guard';

/** Requests and bad ones of this stage so far. */
export interface StageTotals {
  requests: number;
  bad: number;
}

export interface MetricOutput {
  metric: MetricName;
  /** Share of alpha; all metrics' weights sum to 1. */
  weight: number;
  /** Natural logarithms of the e-values; 0 before the first counted tick. Guards have no pass evidence. */
  lnAbort: number;
  lnPass?: number;
  /** The largest `lnPass` of this stage; at several bounds the smallest of their largest. */
  lnPassReached?: number;
  /** Stage totals; for latency at the bound `le`, which has the largest evidence against the canary. */
  canary: StageTotals;
  primary: StageTotals;
  le?: number;
  unit?: string;
  /** Tolerated bad rate of the canary by the line of this moment, 0 to 1; absent without primary requests. */
  tolerated?: number;
  /** What the data have made of the rules, in words. */
  notes: string[];
}

export interface TickOutput {
  tick: number;
  verdict: Verdict;
  reason: Reason;
  /** Weighted evidence of all metrics that the canary is worse; abort at `lnAbortAt`. */
  lnAbort: number;
  lnAbortAt: number;
  /** Smallest pass evidence of all metrics and guard bounds as it stands now. */
  lnPass: number;
  /** Smallest of their largest values in this stage: the one that is held against `lnPassAt`. */
  lnPassReached: number;
  lnPassAt: number;
  /** Anytime-valid p-value against "within tolerance": min(1, 1 / largest E). */
  pValue: number;
  /** Every metric had data in this tick (perhaps with carried ones) and counted it. */
  counted: boolean;
  stage: { weight?: number; ticks: number; counted: number; frozen: boolean };
  metrics: MetricOutput[];
  /** One plain sentence with the numbers. */
  sentence: string;
}
