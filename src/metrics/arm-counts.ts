/** What one arm's counters grew by, as the judge takes it. Pure. */
import { countRequests, type IntervalWindow } from '../judge/window.ts';
import type { Counters } from './counters.ts';
import { ARMS } from './istio-series.ts';
import { parseNumber } from './number.ts';
import { OutcomeTally } from './outcome-tally.ts';
import type { SeriesFamily } from './request-queries.ts';
import { joinKey, splitKey } from './snapshot.ts';

/** What an arm's pods answered. @param grown by arm, pod and the labels that tell the outcome */
export function podTally(grown: Counters, arm: string, outcomeOf: SeriesFamily['outcomeOf']): OutcomeTally {
  const tally = new OutcomeTally();
  for (const [key, count] of grown) {
    const [of, , ...labels] = splitKey(key);
    if (of === arm) tally.add(outcomeOf(labels), `${labels[0]}/${labels[1] ?? ''}`, count);
  }
  return tally;
}

/**
 * Answer times of an arm's pods: upper bounds that rise, with cumulative counts. Only bounds that all of its pods have: another
 * build may cut its buckets elsewhere, and what one pod did not count at a bound is not known.
 * @param grown by arm, pod and upper bound
 * @param msPerUnit of the bounds; those that come back are ms
 */
export function podHistogram(grown: Counters, arm: string, msPerUnit = 1): [le: number, count: number][] {
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

/** The same, as if one nameless pod of each arm had counted it. @param grown by arm, pod and the labels that tell the outcome */
export function requestTotals(grown: Counters): Counters {
  const totals = new Map<string, number>();
  for (const [key, count] of grown) {
    const [arm = '', , ...labels] = splitKey(key);
    const total = joinKey([arm, '', ...labels]);
    totals.set(total, (totals.get(total) ?? 0) + count);
  }
  return totals;
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

export function armTotals({ destination, source, ...rest }: IntervalWindow): ArmTotals {
  const fresh = { fresh: true };
  const counts = countRequests({
    ...rest,
    destination: { ...destination, ...fresh },
    ...(source && { source: { ...source, ...fresh } }),
  });
  return { requests: counts?.requests ?? 0, errors: counts?.failures ?? 0, histogram: rest.histogram };
}

/**
 * Callers who left after they had waited longer, as far as the bounds tell.
 * @param grown of callers who left, by arm, end of the connection and upper bound; where callers report, pods only repeat it
 * @param limitMs counted at the first bound at or above it
 */
export function leftAfter(grown: Counters, arm: string, limitMs: number, msPerUnit: number): number {
  const sources = [...grown].filter(([key]) => splitKey(key)[1] === 'source');
  const histogram = podHistogram(sources.length > 0 ? new Map(sources) : grown, arm, msPerUnit);
  const [, all = 0] = histogram.at(-1) ?? [];
  const [, until = all] = histogram.find(([le]) => le >= limitMs) ?? [];
  return all - until;
}

/** The same, with no more bounds than `leftAfter` reads. */
export function leaverTotals(grown: Counters, limitMs: number, msPerUnit: number): Counters {
  const boundOf = (key: string) => milliseconds(parseNumber(splitKey(key)[2]) ?? Number.NaN, msPerUnit);
  const limit = Math.min(...[...grown.keys()].map(boundOf).filter((le) => le >= limitMs));
  return new Map([...grown].filter(([key]) => [limit, Number.POSITIVE_INFINITY].includes(boundOf(key))));
}

/** 0.3 s is 300 ms, not 299.99…. */
function milliseconds(le: number, msPerUnit: number): number {
  return msPerUnit === 1 ? le : Number((le * msPerUnit).toPrecision(12));
}
