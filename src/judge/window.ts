/** The numbers of one interval, from both ends of the canary's connections, and how they become one count of requests. */

/** What the canary's own pods answered. */
interface DestinationCounts {
  /** Without those whose callers left. */
  requests: number;
  failures: number;
  /** Callers who went away before the answer. */
  left: number;
  /** Every series was scraped recently enough, and the whole interval is covered. */
  fresh: boolean;
}

/** What the callers' proxies saw of requests for the canary; each request once, retries included. */
export interface SourceCounts extends DestinationCounts {
  /** Failures that never reached a pod: no healthy upstream, connection failure, overflow, no route. */
  neverArrived: number;
  /** Failures that no pod has counted: reset, time-out, half an answer. */
  lostOnTheWay: number;
  /** Requests that the callers' proxies gave up on, whoever counted them. */
  gaveUp: number;
  /** Failures that no pod has counted, of series that do not say where they failed. */
  unflagged: number;
}

/** Both ends of one arm's connections. */
export interface BothEnds {
  destination: DestinationCounts;
  /** At live weights only: copies of a mirror have no source series. */
  source?: SourceCounts;
}

export interface IntervalWindow extends BothEnds {
  /** Answer times of the canary's pods: upper bound in ms (the last one infinite) and cumulative count, by bound. */
  histogram: [le: number, count: number][];
  /** Callers who left after they had waited for longer than `limitMs`. Absent: the series do not tell. */
  waited?: { callers: number; limitMs: number };
  /** The other arm, to tell callers who leave a canary from callers who leave. */
  primary?: BothEnds;
  /** Why nothing is known, when the metrics could not be read. */
  unknown?: string;
  /** What the plan's own queries, web addresses and Jobs gave, by name of the check. */
  values?: Record<string, QueryValue>;
  /** Absent: they are not looked at. */
  pods?: PodsSeen | { reason: string };
}

/** What became of the revision's pods in the interval, as the API server knows it. */
export interface PodsSeen {
  /** Those that are there now. */
  pods: number;
  /** Containers that ended: `app of reviews-v2-abc`. */
  ended: { container: string; times: number }[];
  /** What nothing excuses, in words: an image that cannot be pulled, a crash loop. */
  broken: string[];
  /** The pod that was ready the least: percent of the interval. */
  leastReady: { pod: string; percent: number } | undefined;
}

/** One number, what a test of the plan has come to, or why there is neither. */
export type QueryValue = { value: number } | { passed: boolean; sentence: string } | { reason: string };

export interface RequestCounts {
  requests: number;
  failures: number;
  /** Callers who left and are in neither of the two. */
  left: number;
  /** Callers who left after they had waited too long: they are in both. */
  waited: number;
  /** Only the callers were heard, not the pods. */
  sourceOnly: boolean;
  /** Both ends were heard; otherwise the counts are good for a failure and not for a pass. */
  complete: boolean;
}

/**
 * Requests and failures that count in an interval; undefined when they are not known (order rule 7). A failure that the pods have
 * not counted is added to both; a caller who left before the limit is in neither, one who waited longer has failed.
 */
export function countRequests(window: Omit<IntervalWindow, 'histogram'>): RequestCounts | undefined {
  const ends = countEnds(window);
  if (!ends) return undefined;
  const { requests, failures, left, ...heard } = ends;
  const waited = Math.min(left, window.waited?.callers ?? 0);
  return { ...heard, requests: requests + waited, failures: failures + waited, left: left - waited, waited };
}

function countEnds({ destination, source }: BothEnds): Omit<RequestCounts, 'waited'> | undefined {
  const { requests, failures, left, fresh } = destination;
  if (!fresh || requests + left === 0) {
    if (!source?.fresh || source.failures + source.left === 0) return undefined;
    return { ...source, sourceOnly: true, complete: false };
  }
  if (!source?.fresh) return { requests, failures, left, sourceOnly: false, complete: source === undefined };
  const more = source.neverArrived + source.lostOnTheWay + source.unflagged;
  return {
    requests: requests + more,
    failures: failures + more,
    // callers without a proxy of the mesh are seen by the pods alone
    left: Math.max(source.left, left - source.gaveUp),
    sourceOnly: false,
    complete: true,
  };
}

/** A share of callers who leave is much larger when it exceeds the primary's by this many points and this many times. */
const POINTS = 1;
const TIMES = 2;

/**
 * The shares of callers who left, percent, when the canary's is much larger than the primary's: they count as failed then.
 * @returns undefined when it is not, or the primary had no requests to compare with
 */
export function leaveMore({ primary, ...canary }: IntervalWindow): { canary: number; primary: number } | undefined {
  const shares = { canary: shareLeft(canary), primary: primary && shareLeft(primary) };
  const { canary: own = 0, primary: other } = shares;
  if (other === undefined || own - other <= POINTS || own <= TIMES * other) return undefined;
  return { canary: own, primary: other };
}

function shareLeft(ends: BothEnds): number | undefined {
  const { requests, left } = countEnds(ends) ?? { requests: 0, left: 0 };
  return requests + left > 0 ? (100 * left) / (requests + left) : undefined;
}
