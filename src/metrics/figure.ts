import { CounterDifference, type Counters } from './counters.ts';
import { Freshness } from './freshness.ts';
import { HELPER, HELPERS, SAMPLES_WINDOW_MS } from './helper-series.ts';
import type { PrometheusClient, Sample } from './prometheus.ts';
import { joinKey } from './snapshot.ts';

/** One query that is asked again and again. */
export interface FigureShape {
  query: (baseline: boolean) => string;
  /** Labels that tell its counters apart, in the order of the key (see `splitKey`). */
  labels: string[];
  /** Label of what is scraped apart from one another: `pod`, `destination_workload`. */
  scrapedBy: string;
  /** Label whose values are fresh or stale each for itself; absent: all of the answer together. */
  arm?: string;
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
    return this.#growth?.grown ?? new Map();
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
    const askedMs = now();
    const outcome = await client.query(this.#shape.query(!this.#settled), { signal, shared: true });
    if (!outcome.ok) {
      this.#error = outcome.error.message;
      return;
    }
    this.#error = undefined;
    const counters = this.#read(outcome.samples, askedMs);
    if (this.#growth && this.#settled) return this.#grow(this.#growth, counters);
    this.#begin(counters);
    this.#begunMs ??= askedMs;
    this.#settled = this.#settles();
  }

  #settles(): boolean {
    if (this.#mustBeSeen !== undefined && !this.#freshness.has(this.#mustBeSeen)) return false;
    return [...this.#freshness.values()].every((one) => one.covers(this.#baselineMs));
  }

  #begin(counters: Map<string, [owner: string, value: number]>): void {
    this.#growth = new CounterDifference(valuesOf(counters));
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
      if (of[HELPER] === HELPERS.scraped) entry(scraped, group).set(name, value * 1000);
      else if (of[HELPER] === HELPERS.seen) this.#hidden.add(owner);
      else if (of[HELPER] === HELPERS.samples) this.#learnScrapes(value);
      else counters.set(joinKey(labels.map((label) => of[label] ?? '')), [owner, value]);
    }
    for (const [group, times] of scraped) {
      const freshness = this.#freshness.get(group) ?? new Freshness();
      freshness.update(times, samples[0]?.timeMs, askedMs);
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
