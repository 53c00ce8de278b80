import type { FigureSoFar } from '../contract/slice.ts';
import { CounterDifference, type Counters } from './counters.ts';
import { Freshness } from './freshness.ts';
import { CLOCK, HELPER, HELPERS, SAMPLES_WINDOW_MS } from './helper-series.ts';
import type { PrometheusClient, Sample } from './prometheus.ts';
import { fromTree, joinKey, toTree } from './snapshot.ts';

/** One query that is asked again and again. */
export interface FigureShape {
  query: (baseline: boolean) => string;
  /** Labels that tell its counters apart, in the order of the key (see `splitKey`). */
  labels: string[];
  /** Label of what is scraped apart from one another: `pod`, `destination_workload`. */
  scrapedBy: string;
  /** Label whose values are fresh or stale each for itself; absent: all of the answer together. */
  arm?: string;
  /** What grew, without the names of pods: what is handed on must not grow with them. */
  totals: (grown: Counters) => Counters;
}

/** The growth of one query's counters since its first answer, how fresh they are, and what went wrong last. */
export class Figure {
  readonly #shape: FigureShape;
  readonly #freshness = new Map<string, Freshness>();
  /** What is scraped and was there an hour before the baseline, but not at it. */
  readonly #hidden = new Set<string>();
  readonly #known = new Set<string>();
  #growth: CounterDifference | undefined;
  #error: string | undefined;
  #begunMs: number | undefined;
  #baselineMs = Number.NEGATIVE_INFINITY;
  #mustBeSeen: string | undefined;
  #settled = false;
  #scrapeMs: number | undefined;
  /** Prometheus's clock less the worker's, ms, at the last answer. */
  #offsetMs: number | undefined;
  /** When what is counted so far was scraped, Prometheus's clock. */
  #atMs = 0;
  /** From the slice before, until the baseline that belongs to it was read. */
  #before: { atMs: number; grown: Counters } | undefined;

  constructor(shape: FigureShape) {
    this.#shape = shape;
  }

  /** The baseline is there and holds everything before `from`; what is asked before that only moves the baseline. */
  get settled(): boolean {
    return this.#settled;
  }

  /**
   * Nothing that was scraped before this moment of the worker's clock shall count. Without it the first answer is the baseline.
   * @param seen arm that must have been scraped since: what it had done before its first scrape is not known otherwise
   */
  startAt(workerMs: number, seen?: string): void {
    this.#baselineMs = workerMs;
    this.#mustBeSeen = seen;
  }

  /** Goes on where another one left off, in an interval that began at `startMs` of this worker's clock. */
  goOn({ lateMs, atMs, grown = {} }: FigureSoFar, startMs: number): void {
    this.#begunMs = startMs + lateMs;
    if (atMs !== undefined) this.#before = { atMs, grown: new Map(fromTree(grown)) };
  }

  /** Undefined: there was no answer. @param startMs of the interval, worker's clock */
  soFar(startMs: number): FigureSoFar | undefined {
    if (this.#begunMs === undefined) return undefined;
    const lateMs = this.#begunMs - startMs;
    if (!this.#before && !this.#settled) return { lateMs };
    const atMs = this.#before?.atMs ?? this.#atMs;
    return { lateMs, atMs, grown: toTree(this.#shape.totals(this.grown)) };
  }

  get offsetMs(): number | undefined {
    return this.#offsetMs;
  }

  /** When the first answer was asked for, worker's clock; undefined before it is there. */
  get begunMs(): number | undefined {
    return this.#begunMs;
  }

  /** Why the last question has no answer. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Time between two scrapes, ms; undefined when too few were seen before the baseline. */
  get scrapeMs(): number | undefined {
    return this.#scrapeMs;
  }

  get grown(): Counters {
    return this.#growth?.grown ?? this.#before?.grown ?? new Map();
  }

  /** The last answer is there and none of its series (of the arm) is stale. */
  fresh(arm = ''): boolean {
    return this.#error === undefined && this.#growth !== undefined && (this.#freshness.get(arm)?.fresh ?? true);
  }

  /** The last answer holds everything (of the arm) up to this moment of the worker's clock. */
  covers(workerMs: number, arm = ''): boolean {
    return this.#error === undefined && (this.#freshness.get(arm)?.covers(workerMs) ?? true);
  }

  /** How long a scrape may keep us waiting, ms. */
  get lagLimitMs(): number {
    const limits = [...this.#freshness.values()].map(({ lagLimitMs }) => lagLimitMs);
    return Math.max(...limits, new Freshness().lagLimitMs);
  }

  /** Asks once. Throws only for an aborted signal. */
  async ask(client: PrometheusClient, now: () => number, signal: AbortSignal): Promise<void> {
    if (this.#before && !(await this.#takeUp(this.#before, client, now, signal))) return;
    const askedMs = now();
    const counters = await this.#answer(client, askedMs, signal);
    if (!counters) return;
    if (this.#growth && this.#settled) return this.#grow(this.#growth, counters);
    this.#begin(counters);
    this.#begunMs ??= askedMs;
    this.#settled = this.#settles();
  }

  /** The counters as they were when the slice before saw them last. */
  async #takeUp(
    { atMs, grown }: { atMs: number; grown: Counters },
    client: PrometheusClient,
    now: () => number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const counters = await this.#answer(client, now(), signal, atMs);
    if (!counters) return false;
    this.#begin(counters, grown);
    this.#settled = true;
    this.#before = undefined;
    return true;
  }

  /** @param timeMs moment to ask about; absent: now  @returns undefined when there is no answer, see `error` */
  async #answer(
    client: PrometheusClient,
    askedMs: number,
    signal: AbortSignal,
    timeMs?: number,
  ): Promise<Map<string, [owner: string, value: number]> | undefined> {
    const query = `${this.#shape.query(!this.#settled)} or ${CLOCK}`;
    const outcome = await client.query(query, { signal, shared: true, ...(timeMs !== undefined && { timeMs }) });
    this.#error = outcome.ok ? undefined : outcome.error.message;
    if (!outcome.ok) return undefined;
    const [first] = outcome.samples;
    if (first && timeMs === undefined) this.#offsetMs = first.timeMs - askedMs;
    return this.#read(outcome.samples, askedMs);
  }

  #settles(): boolean {
    if (this.#mustBeSeen !== undefined && !this.#freshness.has(this.#mustBeSeen)) return false;
    return [...this.#freshness.values()].every((one) => one.covers(this.#baselineMs));
  }

  #begin(counters: Map<string, [owner: string, value: number]>, grown?: Counters): void {
    this.#growth = new CounterDifference(valuesOf(counters), grown);
    for (const [owner] of counters.values()) this.#known.add(owner);
    for (const owner of this.#known) this.#hidden.delete(owner);
  }

  /** Who was there before the baseline and is seen again only now brings old requests with it: they do not count. */
  #grow(growth: CounterDifference, counters: Map<string, [owner: string, value: number]>): void {
    const back = new Map([...counters].filter(([, [owner]]) => this.#hidden.has(owner)));
    growth.adopt(valuesOf(back));
    for (const [owner] of back.values()) this.#hidden.delete(owner);
    growth.add(valuesOf(counters));
  }

  #read(samples: readonly Sample[], askedMs: number): Map<string, [owner: string, value: number]> {
    const { labels, scrapedBy, arm } = this.#shape;
    const counters = new Map<string, [string, number]>();
    const scraped = new Map<string, Map<string, number>>([...this.#freshness.keys()].map((key) => [key, new Map()]));
    for (const { labels: of, value } of samples) {
      const group = arm ? (of[arm] ?? '') : '';
      const name = of[scrapedBy] ?? '';
      const owner = joinKey([group, name]);
      if (of[HELPER] === HELPERS.scraped) entry(scraped, group).set(name, Math.round(value * 1000));
      else if (of[HELPER] === HELPERS.seen) this.#hidden.add(owner);
      else if (of[HELPER] === HELPERS.samples) this.#learnScrapes(value);
      else if (of[HELPER] !== HELPERS.clock)
        counters.set(joinKey(labels.map((label) => of[label] ?? '')), [owner, value]);
    }
    const evaluatedMs = samples[0]?.timeMs;
    // what is being scraped at this moment is not in yet, and belongs to whoever asks next
    const times = [...scraped.values()].flatMap((group) => [...group.values()]);
    this.#atMs = Math.max(this.#atMs, ...times) || (evaluatedMs ?? 0);
    for (const [group, times] of scraped) {
      const freshness = this.#freshness.get(group) ?? new Freshness();
      freshness.update(times, evaluatedMs, askedMs);
      this.#freshness.set(group, freshness);
    }
    return counters;
  }

  /** The series that was scraped most often tells best: a scrape may have failed. */
  #learnScrapes(count: number): void {
    if (count < 2) return;
    this.#scrapeMs = Math.min(SAMPLES_WINDOW_MS / count, this.#scrapeMs ?? Number.POSITIVE_INFINITY);
  }
}

function valuesOf(counters: ReadonlyMap<string, [owner: string, value: number]>): Counters {
  return new Map([...counters].map(([key, [, value]]) => [key, value]));
}

function entry(map: Map<string, Map<string, number>>, key: string): Map<string, number> {
  const found = map.get(key) ?? new Map<string, number>();
  map.set(key, found);
  return found;
}
