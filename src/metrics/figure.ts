import type { FigureSoFar } from '../contract/slice.ts';
import type { Counters } from './counters.ts';
import { Freshness } from './freshness.ts';
import { type CountWindow, stepsTo } from './growth.ts';
import { CLOCK, HELPER, HELPERS, SAMPLES_WINDOW_MS } from './helper-series.ts';
import type { PrometheusClient, Sample } from './prometheus.ts';
import { addTo, fromTree, joinKey, splitKey, toTree } from './snapshot.ts';

/** One query that is asked again and again. */
export interface FigureShape {
  /** @param window whose growth is wanted; absent: what there is to know before anything is counted */
  query: (window?: CountWindow) => string;
  /** Labels that tell its counters apart, in the order of the key (see `splitKey`). */
  labels: string[];
  /** Label of what is scraped apart from one another: `pod`, `destination_workload`. */
  scrapedBy: string;
  /** Label whose values are fresh or stale each for itself; absent: all of the answer together. */
  arm?: string;
  /** What grew, without the names of pods: what is handed on must not grow with them. Default: as it is. */
  totals?: (grown: Counters) => Counters;
}

/** Where a count begins. */
export interface Begin {
  /** Worker's clock, ms. */
  startMs: number;
  /** Nothing that was scraped before shall count: it begins when everything was scraped since. Default false: with the last scrape before. */
  anew?: boolean;
  /** Arm that must have been scraped since: what it had done before its first scrape is not known otherwise. */
  seen?: string;
}

/** What is counted for good ends so long before the oldest scrape, ms: a slow scrape is told only at its end, and dated to its beginning. */
const SETTLED_MS = 10_000;
/** The settled part grows by at least so much at a time, ms. */
const LEAST_SETTLED_MS = 20_000;
const LOOK_BACK_MS = 60_000;
const LONGEST_LOOK_BACK_MS = 10 * 60_000;

/**
 * What one query's counters grew by since the beginning of an interval, how fresh they are, and what went wrong last. It is counted in two
 * parts: up to a moment that everything was scraped after, once and for good; and from there to now, again with each answer, so that what
 * arrives late is not lost.
 */
export class Figure {
  readonly #shape: FigureShape;
  readonly #begin: Begin;
  readonly #freshness = new Map<string, Freshness>();
  /** Arms that had series when a count began. */
  readonly #known = new Set<string>();
  #settled: Counters = new Map();
  #open: Counters = new Map();
  #error: string | undefined;
  /** Prometheus's clock: where the count begins, and up to where it is settled, ms. */
  #beginMs: number | undefined;
  #atMs: number | undefined;
  /** Newest sample that the one has seen that it goes on from, until that was read again. */
  #resumeMs: number | undefined;
  #oriented = false;
  #forgotten = false;
  #hidden = false;
  #replicas: readonly string[] = [];
  #scrapeMs: number | undefined;
  #offsetMs: number | undefined;

  constructor(shape: FigureShape, begin: Begin) {
    this.#shape = shape;
    this.#begin = begin;
  }

  /** It is known where the count begins. */
  get begun(): boolean {
    return this.#oriented;
  }

  /** Goes on where another one left off, if it had begun. */
  goOn(soFar: FigureSoFar | undefined): void {
    if (!soFar) return;
    const { beginMs, atMs, readMs, grown = {} } = soFar;
    this.#beginMs = beginMs;
    this.#atMs = beginMs + atMs;
    this.#resumeMs = beginMs + readMs;
    this.#settled = new Map(fromTree(grown));
    for (const key of this.#settled.keys()) this.#known.add(this.#armOf(key));
  }

  /** Undefined: it has not begun. */
  get soFar(): FigureSoFar | undefined {
    if (this.#beginMs === undefined || this.#atMs === undefined) return undefined;
    const { totals } = this.#shape;
    const grown = toTree(totals ? totals(this.#settled) : this.#settled);
    const readMs = this.#resumeMs ?? Math.max(this.#atMs, ...this.#all.map((one) => one.newestMs ?? 0));
    const beginMs = this.#beginMs;
    return { beginMs, atMs: this.#atMs - beginMs, readMs: readMs - beginMs, grown };
  }

  /** Prometheus's clock less the worker's, ms, at the last answer. */
  get offsetMs(): number | undefined {
    return this.#offsetMs;
  }

  /** Why the last question has no answer. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Time between two scrapes, ms; undefined when there were too few before the first answer. */
  get scrapeMs(): number | undefined {
    return this.#scrapeMs;
  }

  /** The same, or the shortest that was seen between two answers; undefined when there was none. */
  get gapMs(): number | undefined {
    const gaps = this.#all.map(({ gapMs }) => gapMs).filter((ms) => ms !== undefined);
    return gaps.length > 0 ? Math.min(...gaps) : undefined;
  }

  /** How long after their scrape samples could be read, ms. */
  get lagMs(): number {
    return Math.max(0, ...this.#all.map(({ lagMs }) => lagMs));
  }

  /** When the one was scraped that waits longest, ms of Prometheus's clock; 0: nothing is scraped. */
  get oldestMs(): number {
    const times = this.#all.map(({ oldestMs }) => oldestMs).filter((ms) => ms !== undefined);
    return times.length > 0 ? Math.min(...times) : 0;
  }

  get grown(): Counters {
    return addTo(this.#settled, this.#open);
  }

  /** The last answer is there and none of its series (of the arm) is stale. */
  fresh(arm = ''): boolean {
    return this.#error === undefined && this.#oriented && !this.#forgotten && (this.#freshness.get(arm)?.fresh ?? true);
  }

  /** The last answer holds everything (of the arm) up to this moment of the worker's clock. */
  covers(workerMs: number, arm = ''): boolean {
    return this.#error === undefined && (this.#freshness.get(arm)?.covers(workerMs) ?? true);
  }

  /** How long a scrape may keep us waiting, ms. */
  get lagLimitMs(): number {
    const limits = this.#all.map(({ lagLimitMs }) => lagLimitMs);
    return limits.length > 0 ? Math.max(...limits) : new Freshness().lagLimitMs;
  }

  /**
   * Asks up to now, or to an earlier moment of the worker's clock; the first time for what the one has seen that it goes on from. Throws
   * only for an aborted signal.
   */
  async ask(client: PrometheusClient, now: () => number, signal: AbortSignal, untilMs?: number): Promise<void> {
    if (!this.#oriented) {
      const samples = await this.#answer(client, this.#shape.query(), now, signal);
      if (!samples || !this.#orient(samples)) return;
    }
    const toMs = this.#resumeMs ?? (untilMs ?? now()) + (this.#offsetMs ?? 0);
    const settled = Math.min(this.oldestMs - SETTLED_MS, toMs);
    const due = settled >= (this.#atMs ?? 0) + LEAST_SETTLED_MS;
    if (due && !(await this.#count(client, now, signal, settled, true))) return;
    if (await this.#count(client, now, signal, toMs)) this.#resumeMs = undefined;
  }

  /** @returns whether the count may begin */
  #orient(samples: readonly Sample[]): boolean {
    for (const { labels: of, value } of samples) {
      if (of[HELPER] === HELPERS.hidden) this.#hidden ||= value > 0;
      if (of[HELPER] === HELPERS.samples && value > 1) this.#learnScrapes(SAMPLES_WINDOW_MS / value);
      if (of[HELPER] === HELPERS.example) this.#replicas = replicasIn(of, this.#shape.labels);
    }
    const { startMs, anew, seen } = this.#begin;
    const whole = (seen === undefined || this.#freshness.has(seen)) && this.#all.every((one) => one.covers(startMs));
    this.#oriented = !anew || whole || this.#atMs !== undefined;
    if (!this.#oriented) return false;
    const newest = Math.max(...this.#all.map((one) => one.newestMs ?? 0), startMs + (this.#offsetMs ?? 0));
    this.#beginMs ??= Math.round(anew ? newest : startMs + (this.#offsetMs ?? 0));
    this.#atMs ??= this.#beginMs;
    return true;
  }

  async #count(
    client: PrometheusClient,
    now: () => number,
    signal: AbortSignal,
    toMs: number,
    settles = false,
  ): Promise<boolean> {
    const fromMs = this.#atMs ?? 0;
    const lookBackMs =
      Math.max(LOOK_BACK_MS, 3 * (this.gapMs ?? 0)) +
      Math.min(fromMs - (this.#beginMs ?? fromMs), LONGEST_LOOK_BACK_MS);
    const steps = stepsTo(fromMs, Math.round(toMs));
    const window = { fromMs, ...steps, lookBackMs, hidden: this.#hidden, replicas: this.#replicas };
    const samples = await this.#answer(client, this.#shape.query(window), now, signal);
    if (!samples) return false;
    const grown = this.#grownIn(samples);
    const over = settles || this.#forgotten;
    this.#open = over ? new Map() : grown;
    if (over) {
      this.#settled = addTo(this.#settled, grown);
      this.#atMs = window.untilMs;
    }
    return true;
  }

  /**
   * Where Prometheus has forgotten all of an arm that was before, its counters would seem to begin now: it keeps what was counted, and
   * begins again.
   */
  #grownIn(samples: readonly Sample[]): Counters {
    const { labels, arm } = this.#shape;
    const had = samples
      .filter(({ labels: of }) => of[HELPER] === HELPERS.known)
      .map(({ labels: of }) => (arm && of[arm]) ?? '');
    const forgotten = new Set([...this.#known].filter((name) => !had.includes(name)));
    for (const name of had) this.#known.add(name);
    this.#forgotten = forgotten.size > 0;
    const counted = samples
      .filter(({ labels: of, value }) => of[HELPER] === undefined && Number.isFinite(value))
      .map((one): [string, number] => [joinKey(labels.map((label) => one.labels[label] ?? '')), one.value]);
    return new Map([
      ...counted.filter(([key]) => !forgotten.has(this.#armOf(key))),
      ...[...this.#open].filter(([key]) => forgotten.has(this.#armOf(key))),
    ]);
  }

  /** @returns undefined when there is no answer, see `error` */
  async #answer(
    client: PrometheusClient,
    query: string,
    now: () => number,
    signal: AbortSignal,
  ): Promise<readonly Sample[] | undefined> {
    const askedMs = now();
    const outcome = await client.query(`${query} or ${CLOCK}`, { signal, shared: true });
    this.#error = outcome.ok ? undefined : outcome.error.message;
    if (!outcome.ok) return undefined;
    this.#hear(outcome.samples, askedMs);
    return outcome.samples;
  }

  #hear(samples: readonly Sample[], askedMs: number): void {
    const { scrapedBy, arm } = this.#shape;
    const evaluatedMs = samples[0]?.timeMs;
    if (evaluatedMs === undefined) return;
    this.#offsetMs = evaluatedMs - askedMs;
    const oldest = samples.find(({ labels: of }) => of[HELPER] === HELPERS.oldest);
    const times = samples.filter(({ labels: of }) => of[HELPER] === HELPERS.scraped);
    const groups = Map.groupBy(times, ({ labels: of }) => (arm && of[arm]) ?? '');
    for (const group of new Set([...this.#freshness.keys(), ...groups.keys()])) {
      const freshness = this.#freshness.get(group) ?? new Freshness();
      this.#freshness.set(group, freshness);
      const own = groups.get(group) ?? [];
      const scraped = new Map(own.map((one) => [one.labels[scrapedBy] ?? '', Math.round(one.value * 1000)]));
      freshness.update({ scraped, oldestMs: oldest && oldest.value * 1000, evaluatedMs, askedMs });
    }
  }

  /** The series that was scraped most often tells best: a scrape may have failed. */
  #learnScrapes(ms: number): void {
    this.#scrapeMs = Math.min(ms, this.#scrapeMs ?? Number.POSITIVE_INFINITY);
    for (const one of this.#all) one.learnGap(ms);
  }

  get #all(): Freshness[] {
    return [...this.#freshness.values()];
  }

  #armOf(key: string): string {
    const { labels, arm } = this.#shape;
    return arm ? (splitKey(key)[labels.indexOf(arm)] ?? '') : '';
  }
}

/** Labels that tell copies of one series apart, by their usual names: `prometheus_replica`, `replica`, `__replica__`. */
function replicasIn(example: Record<string, string>, own: readonly string[]): string[] {
  return Object.keys(example).filter((name) => /replica/i.test(name) && !own.includes(name));
}
