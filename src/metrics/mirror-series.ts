/**
 * The two sides of a mirror in Istio's standard metrics. Mirrored requests are reported by the destination alone, so copies are
 * what arrived at the target less what the callers' proxies say they routed there themselves.
 */

import type { SideNumbers } from '../contract/mirror.ts';
import type { WorkloadNames } from '../contract/mirror-activities.ts';
import { histogramQuantile } from '../judge/quantile.ts';
import { anyOf, type Conditions, selector } from '../promql/quote.ts';
import type { Counters } from './counters.ts';
import { Figure } from './figure.ts';
import type { CountWindow } from './growth.ts';
import { askedOf } from './helper-series.ts';
import { parseNumber } from './number.ts';
import { FAILURES } from './outcome.ts';
import type { PrometheusClient } from './prometheus.ts';
import { familyOf } from './request-queries.ts';
import { splitKey } from './snapshot.ts';

const ISTIO = familyOf();

/** Label with the name of the pod, and when the mirror began. */
interface Scraped {
  pod: string;
  startMs: number;
}

interface Side {
  requests: Figure;
  durations: Figure;
}

export class MirrorSeries {
  readonly #client: PrometheusClient;
  /** Label with the name of the pod. */
  readonly #live: Side | undefined;
  readonly #copies: Side | undefined;
  /** Live requests that the target serves besides the copies. */
  readonly #routed: Figure | undefined;
  #problem: string | undefined;

  /** @param fromMs when the mirror began, worker's clock */
  constructor(client: PrometheusClient, sides: { live: WorkloadNames; copies: WorkloadNames }, fromMs: number) {
    this.#client = client;
    const scraped = { pod: client.labelNames?.pod ?? 'pod', startMs: fromMs };
    this.#live = sideOf(sides.live, scraped);
    this.#copies = sideOf(sides.copies, scraped);
    this.#routed = sides.copies.names.length > 0 ? figure('requests', 'source', sides.copies, scraped) : undefined;
  }

  /** Why the last question was not answered. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Reads from the beginning on to a moment of the worker's clock, so that numbers do not depend on who has watched meanwhile.
   * @returns false when it could not be read: it can be tried again
   */
  async readTo(untilMs: number, signal: AbortSignal): Promise<boolean> {
    const sides = [this.#live, this.#copies].flatMap((side) => (side ? [side.requests, side.durations] : []));
    await this.#read(this.#routed ? [...sides, this.#routed] : sides, untilMs, signal);
    return !this.#problem;
  }

  /** Reads what arrived late at the target, when the mirror is off already. @returns whether everything up to then is in */
  async readCopies(untilMs: number, signal: AbortSignal): Promise<boolean> {
    const figures = [this.#copies?.requests, this.#copies?.durations, this.#routed].filter((one) => one !== undefined);
    await this.#read(figures, Date.now(), signal);
    return !this.#problem && (this.#copies?.requests.covers(untilMs) ?? true);
  }

  /** Undefined: nothing is known. */
  get live(): SideNumbers | undefined {
    return this.#live?.requests.begun ? numbersOf(this.#live, new Map()) : undefined;
  }

  get copies(): SideNumbers | undefined {
    return this.#copies?.requests.begun ? numbersOf(this.#copies, this.#routed?.grown ?? new Map()) : undefined;
  }

  async #read(figures: Figure[], untilMs: number, signal: AbortSignal): Promise<void> {
    await Promise.all(figures.map((one) => one.ask(this.#client, Date.now, signal, untilMs)));
    this.#problem = figures.find(({ error }) => error)?.error;
  }
}

function sideOf(workloads: WorkloadNames, scraped: Scraped): Side | undefined {
  if (workloads.names.length === 0) return undefined;
  return {
    requests: figure('requests', 'destination|waypoint', workloads, scraped),
    durations: figure('durations', 'destination|waypoint', workloads, scraped),
  };
}

function figure(
  of: 'requests' | 'durations',
  reporter: 'source' | 'destination|waypoint',
  { namespace, names }: WorkloadNames,
  { pod, startMs }: Scraped,
): Figure {
  const conditions: Conditions = {
    reporter: reporter === 'source' ? reporter : { pattern: reporter },
    destination_workload_namespace: namespace,
    destination_workload: { pattern: anyOf(names) },
  };
  const metric = of === 'requests' ? 'istio_requests_total' : 'istio_request_duration_milliseconds_bucket';
  const asked = {
    series: selector(metric, conditions),
    labels: of === 'requests' ? ISTIO.labels : ['le'],
    scrapedBy: pod,
  };
  return new Figure({ ...asked, query: (window?: CountWindow) => askedOf(asked, window).join(' or ') }, { startMs });
}

/** @param others requests by code that do not count on this side */
function numbersOf({ requests, durations }: Side, others: Counters): SideNumbers {
  const answers: Record<string, number> = {};
  let total = 0;
  for (const [code, grown] of requests.grown) {
    const own = Math.round(Math.max(0, grown - (others.get(code) ?? 0)));
    if (own === 0) continue;
    total += own;
    const name = classOf(code);
    answers[name] = (answers[name] ?? 0) + own;
  }
  const times = histogram(durations.grown);
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

function histogram(grown: Counters): [number, number][] {
  const times = [...grown].map(([le, count]): [number, number] => [parseNumber(le) ?? Number.NaN, count]);
  return times.filter(([le]) => !Number.isNaN(le)).toSorted(([one], [other]) => one - other);
}
