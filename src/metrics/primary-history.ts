/** What the primary was like in the half hour before a comparison began. */
import { guardBounds } from '../judge/compare/histogram.ts';
import { overdispersion, podSpread } from '../judge/compare/overdispersion.ts';
import type { Learned } from '../judge/comparison.ts';
import { CLOCK } from './helper-series.ts';
import { parseNumber } from './number.ts';
import { FAILURES } from './outcome.ts';
import { type PodQuery, primaryDurationsGrown, primaryRequests } from './pod-series.ts';
import type { PrometheusClient, SeriesOverTime } from './prometheus.ts';
import type { SeriesFamily } from './request-queries.ts';

const HISTORY_MS = 30 * 60_000;
const TICK_MS = 60_000;
/** With fewer failures than this the pods' differences are chance. */
const ENOUGH_FAILURES = 30;
/** Random characters at the end of a Deployment's pod names (Kubernetes, `SimpleNameGenerator`). */
const RANDOM_LENGTH = 5;

export interface HistoryOptions {
  /** Pods of the canary: few of them may differ more from the primary's. */
  canaryPods: number;
  /** Longest answer time that the plan allows, in the unit of the bounds; health is proven there too. */
  objective?: number;
  durations: boolean;
}

/** Never fails: what cannot be learned is left to the comparison's defaults. Throws only for an aborted signal. */
export async function learnFromPrimary(
  client: PrometheusClient,
  query: PodQuery,
  { canaryPods, objective, durations }: HistoryOptions,
  signal: AbortSignal,
): Promise<Learned> {
  const clock = await client.query(CLOCK, { signal });
  const nowMs = clock.ok ? clock.samples[0]?.timeMs : undefined;
  if (nowMs === undefined) return {};
  const range = { startMs: nowMs - HISTORY_MS + TICK_MS, endMs: nowMs, stepMs: TICK_MS };
  const { msPerUnit } = query.family;
  const buckets = durations ? primaryDurationsGrown(query, HISTORY_MS) : undefined;
  const [requests, histogram] = await Promise.all([
    client.queryRange(primaryRequests(query, TICK_MS), range, signal),
    buckets ? client.query(buckets, { timeMs: nowMs, signal }) : undefined,
  ]);
  const guards = histogram?.ok
    ? guardsOf(
        histogram.samples.map(({ labels, value }) => [(parseNumber(labels.le) ?? Number.NaN) * msPerUnit, value]),
        objective,
      )
    : [];
  return {
    ...(requests.ok && podsOf(ofRunningRevision(ticksOf(requests.series, query.family)), canaryPods)),
    ...(guards.length > 0 && { guards }),
  };
}

type Pod = { requests: number; errors: number };

function podsOf(ticks: readonly Map<string, Pod>[], canaryPods: number): Learned {
  const failures = ticks.flatMap((tick) => [...tick.values()]).reduce((sum, { errors }) => sum + errors, 0);
  if (failures < ENOUGH_FAILURES || new Set(ticks.flatMap((tick) => [...tick.keys()])).size < 2) return {};
  return {
    overdispersion: overdispersion(ticks),
    podRatio: Math.exp((2 * podSpread(ticks)) / Math.sqrt(Math.max(1, canaryPods))),
  };
}

/** What a revision did that is gone says nothing about the pods that run. */
function ofRunningRevision(ticks: readonly Map<string, Pod>[]): Map<string, Pod>[] {
  const revisionOf = (pod: string) => pod.slice(0, -RANDOM_LENGTH);
  const running = new Set([...(ticks.at(-1)?.keys() ?? [])].map(revisionOf));
  return ticks.map((tick) => new Map([...tick].filter(([pod]) => running.has(revisionOf(pod)))));
}

/** What each pod did in each minute. */
function ticksOf(series: readonly SeriesOverTime[], family: SeriesFamily): Map<string, Pod>[] {
  const moments = new Map<number, Map<string, Pod>>();
  for (const { labels, points } of series) {
    const outcome = family.outcomeOf(family.labels.map((label) => labels[label] ?? ''));
    if (outcome === 'callerLeft') continue;
    for (const [at, requests] of points) {
      const tick = moments.get(at) ?? new Map<string, Pod>();
      moments.set(at, tick);
      add(tick, labels[family.pod] ?? '', { requests, errors: FAILURES.includes(outcome) ? requests : 0 });
    }
  }
  return [...moments].toSorted(([a], [b]) => a - b).map(([, tick]) => tick);
}

function add(pods: Map<string, Pod>, name: string, { requests, errors }: Pod): void {
  const sum = pods.get(name) ?? { requests: 0, errors: 0 };
  pods.set(name, { requests: sum.requests + requests, errors: sum.errors + errors });
}

function guardsOf(buckets: [le: number, count: number][], objective: number | undefined): number[] {
  const sorted = buckets.filter(([le]) => !Number.isNaN(le)).toSorted(([a], [b]) => a - b);
  if (sorted.at(-1)?.[0] !== Number.POSITIVE_INFINITY) return [];
  const le = sorted.slice(0, -1).map(([bound]) => bound);
  return guardBounds({ le, counts: sorted.map(([, count]) => count) }, objective);
}
