import { LONGEST_LAG_MS } from '../contract/time-limits.ts';

/** Younger than this is never stale, ms: several times the usual scrape interval. */
const MIN_STALE_MS = 15_000;

/** One answer about what is scraped; times in ms on Prometheus's clock. */
interface Heard {
  /** When each was scraped last, by pod or workload; those no longer in it are gone. */
  scraped: Map<string, number>;
  /** Of those that one name stands for, the one that waits longest. Default: the oldest of `scraped`. */
  oldestMs?: number | undefined;
  evaluatedMs: number;
  /** The worker's clock just before the query. */
  askedMs: number;
}

/**
 * When series were last scraped, how often they are and how late that arrives: learned from the scrape times themselves, on Prometheus's
 * clock, so that a skew between it and the worker does not matter.
 */
export class Freshness {
  #heard: Heard = { scraped: new Map(), evaluatedMs: 0, askedMs: 0 };
  #gapMs: number | undefined;
  #lagMs: number | undefined;
  /** The last answer is one that was given before, by a cache for instance: as old as it may be. */
  #repeated = false;

  update(heard: Heard): void {
    const { evaluatedMs, askedMs } = heard;
    for (const [name, at] of heard.scraped) {
      const gap = at - (this.#heard.scraped.get(name) ?? at);
      if (gap <= 0) continue;
      // two callers of one name are scraped one after the other
      if (heard.oldestMs === undefined) this.learnGap(gap);
      // only what goes on arriving tells how late that is: what has stopped grows older and older
      this.#lagMs = Math.max(0, Math.min(evaluatedMs - at, this.#lagMs ?? Number.POSITIVE_INFINITY));
    }
    this.#repeated = askedMs > this.#heard.askedMs && evaluatedMs === this.#heard.evaluatedMs;
    this.#heard = heard;
  }

  learnGap(ms: number): void {
    this.#gapMs = Math.min(ms, this.#gapMs ?? ms);
  }

  /** Time between two scrapes, ms; undefined while it is not known. */
  get gapMs(): number | undefined {
    return this.#gapMs;
  }

  /** How long after its scrape the youngest sample could be read, ms; 0 while it is not known. */
  get lagMs(): number {
    return this.#lagMs ?? 0;
  }

  /** Undefined: nothing is scraped. */
  get oldestMs(): number | undefined {
    const { scraped, oldestMs } = this.#heard;
    return oldestMs ?? (scraped.size > 0 ? Math.min(...scraped.values()) : undefined);
  }

  /** Undefined: nothing is scraped. */
  get newestMs(): number | undefined {
    const { scraped } = this.#heard;
    return scraped.size > 0 ? Math.max(...scraped.values()) : undefined;
  }

  /** Everything that still exists was scraped at or after this moment of the worker's clock. */
  covers(workerMs: number): boolean {
    const { evaluatedMs, askedMs } = this.#heard;
    return (this.oldestMs ?? Number.POSITIVE_INFINITY) >= workerMs + evaluatedMs - askedMs;
  }

  /**
   * Nothing is older than three scrapes and the usual lag, at least 15 s, and Prometheus's clock moves. Without any series nothing can be
   * stale.
   */
  get fresh(): boolean {
    if (this.#repeated) return false;
    const limit = Math.max(MIN_STALE_MS, 3 * (this.#gapMs ?? 0) + this.lagMs);
    const { scraped, evaluatedMs } = this.#heard;
    return [...scraped.values()].every((at) => evaluatedMs - at <= limit);
  }

  /** How long a scrape may keep us waiting, ms. */
  get lagLimitMs(): number {
    const gaps = this.#gapMs === undefined ? MIN_STALE_MS : 2 * this.#gapMs + 1_000;
    return Math.min(gaps + this.lagMs, LONGEST_LAG_MS);
  }
}
