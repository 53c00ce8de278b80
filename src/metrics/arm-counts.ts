/** What one arm's counters grew by, as the judge takes it. Pure. */
import { countRequests, type DestinationCounts, type SourceCounts } from '../judge/index.ts';
import type { Counters } from './counters.ts';
import { isFailure } from './failure-codes.ts';
import { ARMS, type Arm } from './istio-series.ts';
import { parseNumber } from './number.ts';
import { joinKey, splitKey } from './snapshot.ts';

/** Requests and failures of an arm's pods. @param grown by arm, pod and response code */
export function podCounts(grown: Counters, arm: Arm): Pick<DestinationCounts, 'requests' | 'failures'> {
  const counts = { requests: 0, failures: 0 };
  for (const [key, count] of grown) {
    const [of, , code = ''] = splitKey(key);
    if (of !== arm) continue;
    counts.requests += count;
    if (isFailure(code)) counts.failures += count;
  }
  return counts;
}

/**
 * Answer times of an arm's pods: upper bounds that rise, with cumulative counts. Only bounds that all of its pods have: another
 * build may cut its buckets elsewhere, and what one pod did not count at a bound is not known.
 * @param grown by arm, pod and upper bound
 * @param msPerUnit of the bounds; those that come back are ms
 */
export function podHistogram(grown: Counters, arm: Arm, msPerUnit = 1): [le: number, count: number][] {
  const pods = new Map<string, Map<number, number>>();
  for (const [key, count] of grown) {
    const [of, pod = '', text] = splitKey(key);
    const le = parseNumber(text);
    if (of !== arm || le === undefined) continue;
    const buckets = pods.get(pod) ?? new Map<number, number>();
    pods.set(pod, buckets.set(le, (buckets.get(le) ?? 0) + count));
  }
  const [first, ...others] = pods.values();
  const shared = [...(first?.keys() ?? [])].filter((le) => others.every((buckets) => buckets.has(le)));
  const sum = (le: number) => [...pods.values()].reduce((total, buckets) => total + (buckets.get(le) ?? 0), 0);
  return shared.toSorted((a, b) => a - b).map((le) => [milliseconds(le, msPerUnit), sum(le)]);
}

/** The same, as if one nameless pod of each arm had counted it. @param grown by arm, pod and response code */
export function requestTotals(grown: Counters): Counters {
  const totals = ARMS.flatMap((arm): [string, number][] => {
    const { requests, failures } = podCounts(grown, arm);
    return [
      [joinKey([arm, '', '200']), requests - failures],
      [joinKey([arm, '', '500']), failures],
    ];
  });
  return new Map(totals.filter(([, count]) => count > 0));
}

/** The same, as if one nameless pod of each arm had counted it. @param grown by arm, pod and upper bound */
export function durationTotals(grown: Counters): Counters {
  const text = (le: number) => (le === Number.POSITIVE_INFINITY ? '+Inf' : String(le));
  return new Map(
    ARMS.flatMap((arm) =>
      podHistogram(grown, arm).map(([le, count]): [string, number] => [joinKey([arm, '', text(le)]), count]),
    ),
  );
}

/** Totals of one arm for the comparison: what both ends saw, each failure once. */
export interface ArmTotals {
  requests: number;
  errors: number;
  histogram: [le: number, count: number][];
}

export function armTotals(
  destination: Omit<DestinationCounts, 'fresh'>,
  source: Omit<SourceCounts, 'fresh'> | undefined,
  histogram: [number, number][],
): ArmTotals {
  const fresh = { fresh: true };
  const counts = countRequests({
    destination: { ...destination, ...fresh },
    source: source && { ...source, ...fresh },
    histogram,
  });
  return { requests: counts?.requests ?? 0, errors: counts?.failures ?? 0, histogram };
}

/** 0.3 s is 300 ms, not 299.99…. */
function milliseconds(le: number, msPerUnit: number): number {
  return msPerUnit === 1 ? le : Number((le * msPerUnit).toPrecision(12));
}
