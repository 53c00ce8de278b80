/**
 * The two sides of a mirror in Istio's standard metrics. Mirrored requests are reported by the destination alone, so copies are
 * what arrived at the target less what the callers' proxies say they routed there themselves.
 */

import type { SideNumbers } from '../contract/mirror.ts';
import type { WorkloadNames } from '../contract/mirror-activities.ts';
import { histogramQuantile } from '../judge/index.ts';
import { anyOf, type Conditions, selector } from '../promql/index.ts';
import { CounterDifference, type Counters } from './counters.ts';
import { Freshness } from './freshness.ts';
import { scrapeTimes, sumBy } from './helper-series.ts';
import { parseNumber } from './number.ts';
import { FAILURES } from './outcome.ts';
import type { PrometheusClient } from './prometheus.ts';
import { familyOf } from './request-queries.ts';
import { joinKey, splitKey, takeApart } from './snapshot.ts';

/** Longest step between two looks at the past, as a part of the whole; a restart between two looks loses what it had counted. */
const STEPS = 240;
const SHORTEST_STEP_MS = 5_000;

const ISTIO = familyOf();

interface Figure {
  query: (baseline: boolean) => string;
  labels: string[];
  growth?: CounterDifference;
  freshness: Freshness;
}

interface Side {
  requests: Figure;
  durations: Figure;
}

export class MirrorSeries {
  readonly #client: PrometheusClient;
  /** Label with the name of the pod. */
  readonly #pod: string;
  readonly #live: Side | undefined;
  readonly #copies: Side | undefined;
  /** Live requests that the target serves besides the copies. */
  readonly #routed: Figure | undefined;
  #problem: string | undefined;

  constructor(client: PrometheusClient, sides: { live: WorkloadNames; copies: WorkloadNames }) {
    this.#client = client;
    const { pod = 'pod' } = client.labelNames ?? {};
    this.#pod = pod;
    this.#live = sideOf(sides.live, pod);
    this.#copies = sideOf(sides.copies, pod);
    this.#routed = sides.copies.names.length > 0 ? figure('requests', 'source', sides.copies, pod) : undefined;
  }

  /** Why the last question was not answered. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Reads from a moment of the past on to another, so that numbers do not depend on who has watched meanwhile.
   * @returns false when the beginning could not be read: nothing counts then, and it can be tried again
   */
  async replay(fromMs: number, toMs: number, signal: AbortSignal): Promise<boolean> {
    for (const one of this.#all) one.growth = undefined;
    await this.#read(this.#all, fromMs, signal);
    if (this.#problem) return false;
    const step = Math.max(SHORTEST_STEP_MS, Math.ceil((toMs - fromMs) / STEPS));
    for (let at = fromMs + step; at < toMs; at += step) await this.#read(this.#all, at, signal);
    await this.#read(this.#all, toMs, signal);
    return true;
  }

  /** Reads what Prometheus has now. */
  async sample(signal: AbortSignal): Promise<void> {
    await this.#read(this.#all, undefined, signal);
  }

  /** Reads what arrived late at the target, when the mirror is off already. @returns whether everything up to then is in */
  async sampleCopies(untilMs: number, signal: AbortSignal): Promise<boolean> {
    const figures = [this.#copies?.requests, this.#copies?.durations, this.#routed].filter((one) => one !== undefined);
    await this.#read(figures, undefined, signal);
    return !this.#problem && (this.#copies?.requests.freshness.covers(untilMs) ?? true);
  }

  /** Undefined: nothing is known. */
  get live(): SideNumbers | undefined {
    return this.#live?.requests.growth && numbersOf(this.#live, new Map());
  }

  get copies(): SideNumbers | undefined {
    return this.#copies?.requests.growth && numbersOf(this.#copies, byCode(this.#routed?.growth?.grown));
  }

  get #all(): Figure[] {
    const sides = [this.#live, this.#copies].flatMap((side) => (side ? [side.requests, side.durations] : []));
    return this.#routed ? [...sides, this.#routed] : sides;
  }

  async #read(figures: Figure[], atMs: number | undefined, signal: AbortSignal): Promise<void> {
    const askedMs = Date.now();
    const outcomes = await Promise.all(
      figures.map(async (one) => {
        const query = one.query(one.growth === undefined);
        const outcome = await this.#client.query(query, { signal, ...(atMs === undefined ? {} : { timeMs: atMs }) });
        if (!outcome.ok) return outcome.error.message;
        const { counters, scraped, evaluatedMs } = takeApart(outcome.samples, one.labels, this.#pod);
        if (atMs === undefined) one.freshness.update(scraped, evaluatedMs, askedMs);
        if (one.growth) one.growth.add(counters);
        else one.growth = new CounterDifference(counters);
        return undefined;
      }),
    );
    this.#problem = outcomes.find((problem) => problem !== undefined);
  }
}

function sideOf(workloads: WorkloadNames, pod: string): Side | undefined {
  if (workloads.names.length === 0) return undefined;
  return {
    requests: figure('requests', 'destination|waypoint', workloads, pod),
    durations: figure('durations', 'destination|waypoint', workloads, pod),
  };
}

function figure(
  of: 'requests' | 'durations',
  reporter: 'source' | 'destination|waypoint',
  { namespace, names }: WorkloadNames,
  pod: string,
): Figure {
  const conditions: Conditions = {
    reporter: reporter === 'source' ? reporter : { pattern: reporter },
    destination_workload_namespace: namespace,
    destination_workload: { pattern: anyOf(names) },
  };
  const metric = of === 'requests' ? 'istio_requests_total' : 'istio_request_duration_milliseconds_bucket';
  const series = selector(metric, conditions);
  const labels = [pod, 'instance', ...(of === 'requests' ? ISTIO.labels : ['le'])];
  const query = (baseline: boolean) =>
    of === 'requests'
      ? `${sumBy(labels, series, baseline)} or ${scrapeTimes(pod, series)}`
      : sumBy(labels, series, baseline);
  return { query, labels, freshness: new Freshness() };
}

/** @param others requests by code that do not count on this side */
function numbersOf({ requests, durations }: Side, others: Map<string, number>): SideNumbers {
  const answers: Record<string, number> = {};
  let total = 0;
  for (const [code, grown] of byCode(requests.growth?.grown)) {
    const own = Math.round(Math.max(0, grown - (others.get(code) ?? 0)));
    if (own === 0) continue;
    total += own;
    const name = classOf(code);
    answers[name] = (answers[name] ?? 0) + own;
  }
  const times = histogram(durations.growth?.grown);
  const [p50Ms, p99Ms] = [0.5, 0.99].map((q) => histogramQuantile(q, times)?.value);
  return {
    requests: total,
    answers,
    ...(p50Ms === undefined ? {} : { p50Ms: Math.round(p50Ms * 10) / 10 }),
    ...(p99Ms === undefined ? {} : { p99Ms: Math.round(p99Ms * 10) / 10 }),
  };
}

function classOf(answer: string): string {
  const labels = splitKey(answer);
  const [code = '', status] = labels;
  const outcome = ISTIO.outcomeOf(labels);
  if (outcome === 'callerLeft') return 'left';
  if (status) return FAILURES.includes(outcome) ? 'gRPC failed' : 'gRPC ok';
  return /^[1-5]\d\d$/.test(code) ? `${code[0]}xx` : 'none';
}

function byCode(grown: Counters = new Map()): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [key, count] of grown) {
    const code = joinKey(splitKey(key).slice(2));
    sums.set(code, (sums.get(code) ?? 0) + count);
  }
  return sums;
}

function histogram(grown: Counters = new Map()): [number, number][] {
  const byBound = new Map<number, number>();
  for (const [key, count] of grown) {
    const le = parseNumber(splitKey(key)[2]);
    if (le !== undefined) byBound.set(le, (byBound.get(le) ?? 0) + count);
  }
  return [...byBound].sort(([a], [b]) => a - b);
}
