/**
 * Intervals and load tests are spans of time, not activities: a slice of one ends after five minutes or with its worker, and hands on what
 * it has so far to the next one, whoever runs that. A few KB of JSON at most, however many pods there are.
 */
import type { JudgeState } from '../judge/compare/state.ts';

/** No slice, and no other wait, lasts longer, ms. */
export const SLICE_MS = 5 * 60_000;

/** Counts by the values of their labels, one level for each label. */
export interface CountTree {
  [label: string]: CountTree | number;
}

/** What the answers to one query have come to. */
export interface FigureSoFar {
  /** Moment of Prometheus's clock where the count begins, ms. */
  beginMs: number;
  /** Everything scraped so long after it is in `grown`, ms. */
  atMs: number;
  grown?: CountTree;
  /** The last sample that was looked at, ms after it: what was scraped after `atMs` and up to then can be asked for again. */
  readMs: number;
}

/** Requests, failures and answer times of one arm; JSON has null for the last bound, which is infinite. */
interface LookedAt {
  requests: number;
  errors: number;
  histogram: [le: number | null, count: number][];
}

export interface SamplesSoFar {
  requests?: FigureSoFar;
  durations?: FigureSoFar;
  sources?: FigureSoFar;
  /** How long the callers who left had waited. */
  leavers?: FigureSoFar;
  /** Totals when an arm was last heard of. Absent: at the last sample. */
  behind: { primary?: LookedAt; canary?: LookedAt };
}

/** What is known of one pod beyond that it is ready and has never restarted; each part absent where there is nothing. */
export interface PodSoFar {
  /** Ends by container: when the interval began, and when they were seen last. */
  before?: Record<string, number>;
  ends?: Record<string, number>;
  /** Containers that ran out of memory. */
  killed?: string[];
  unreadyMs?: number;
  /** It was not ready yet. */
  starting?: boolean;
}

export interface IntervalSoFar {
  /** How long it was watched, ms: its slices without what lay between them. */
  watchedMs: number;
  /** Moment of Prometheus's clock up to which it was watched, ms. Absent: Prometheus has not answered. */
  untilMs?: number;
  /** When its first slice began, ms of that worker's clock. Absent: no check needs it. */
  begunMs?: number;
  /** Why the route was not in force at its start. */
  untaken?: string;
  samples: SamplesSoFar;
  /** Requests of our own that were sent, see `DuringPlan`. Default 0. */
  own?: number;
  /** Of the comparison. */
  judge?: JudgeState;
  /** Of the comparison of what the pods count themselves. */
  podJudge?: JudgeState;
  /** By name. Absent: pods are not judged. */
  pods?: Record<string, PodSoFar>;
}

export interface LoadSoFar {
  seconds: number;
  statuses: [status: number, count: number][];
  unanswered: number;
  /** Answers by time, see `LoadTally`. */
  times: [power: number, count: number][];
}
