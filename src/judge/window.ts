/** The numbers of one interval, from both ends of the canary's connections, and how they become one count of requests. */

/** What the canary's own pods answered. */
export interface DestinationCounts {
  requests: number;
  /** Status 500 and above, or no answer at all (code 0). */
  failures: number;
  /** Every series was scraped recently enough, and the whole interval is covered. */
  fresh: boolean;
}

/** What the callers' proxies saw of requests for the canary; each request once, retries included. */
export interface SourceCounts {
  requests: number;
  failures: number;
  /** Failures that never reached a pod: no healthy upstream, connection failure, overflow, no route. */
  neverArrived: number;
  /** Failures that a pod may have counted or not: reset, timeout, retries used up, code 0. */
  lostOnTheWay: number;
  fresh: boolean;
}

export interface IntervalWindow {
  destination: DestinationCounts;
  /** At live weights only: copies of a mirror have no source series. */
  source?: SourceCounts;
  /** Answer times of the canary's pods: upper bound in ms (the last one infinite) and cumulative count, by bound. */
  histogram: [le: number, count: number][];
  /** Why nothing is known, when the metrics could not be read. */
  unknown?: string;
  /** What the plan's own queries gave, by name of the check. */
  values?: Record<string, QueryValue>;
}

/** One number, or why there is none. */
export type QueryValue = { value: number } | { reason: string };

export interface RequestCounts {
  requests: number;
  failures: number;
  /** Only the callers were heard, not the pods. */
  sourceOnly: boolean;
  /** Both ends were heard; otherwise the counts are good for a failure and not for a pass. */
  complete: boolean;
}

/**
 * Requests and failures that count in an interval; undefined when they are not known (order rule 7).
 * A failure that never arrived is added to both. One lost on the way is added only as far as the pods have not counted
 * as many failures themselves: what both ends saw counts once.
 */
export function countRequests({ destination, source }: IntervalWindow): RequestCounts | undefined {
  const { requests, failures, fresh } = destination;
  if (!fresh || requests === 0) {
    if (!source?.fresh || source.failures === 0) return undefined;
    return { requests: source.requests, failures: source.failures, sourceOnly: true, complete: false };
  }
  if (!source?.fresh) return { requests, failures, sourceOnly: false, complete: source === undefined };
  const all = failures + source.neverArrived + Math.max(0, source.lostOnTheWay - failures);
  return { requests: Math.max(requests + source.neverArrived, all), failures: all, sourceOnly: false, complete: true };
}
