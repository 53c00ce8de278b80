import { LONGEST_LAG_MS } from '../contract/time-limits.ts';

/** Younger than this is never stale, ms: several times the usual scrape interval. */
const MIN_STALE_MS = 15_000;

/**
 * When series were last scraped, and how often they are: learned from the scrape times themselves, on Prometheus's clock, so
 * that a skew between it and the worker does not matter.
 */
export class Freshness {
  #scraped = new Map<string, number>();
  #gapMs: number | undefined;
  #nowMs: number | undefined;
  #offsetMs = 0;
  #askedMs = 0;
  /** The last answer is one that was given before, by a cache for instance: as old as it may be. */
  #repeated = false;

  /**
   * @param scraped by pod or workload, ms; those no longer in it are gone
   * @param evaluatedMs Prometheus's clock
   * @param askedMs the worker's clock just before the query
   */
  update(scraped: Map<string, number>, evaluatedMs: number | undefined, askedMs: number): void {
    for (const [name, at] of scraped) {
      const gap = at - (this.#scraped.get(name) ?? at);
      if (gap > 0) this.#gapMs = Math.min(gap, this.#gapMs ?? gap);
    }
    this.#scraped = scraped;
    if (evaluatedMs === undefined) return;
    this.#repeated = askedMs > this.#askedMs && evaluatedMs === this.#nowMs;
    this.#askedMs = askedMs;
    this.#nowMs = evaluatedMs;
    this.#offsetMs = evaluatedMs - askedMs;
  }

  /** Everything that still exists was scraped at or after this moment of the worker's clock. */
  covers(workerMs: number): boolean {
    return this.#every((at) => at >= workerMs + this.#offsetMs);
  }

  /** Nothing is older than three scrapes, at least 15 s, and Prometheus's clock moves. Without any series nothing can be stale. */
  get fresh(): boolean {
    if (this.#repeated) return false;
    const limit = Math.max(MIN_STALE_MS, 3 * (this.#gapMs ?? 0));
    return this.#every((at) => (this.#nowMs ?? at) - at <= limit);
  }

  /** How long a scrape may keep us waiting, ms. */
  get lagLimitMs(): number {
    return this.#gapMs === undefined ? MIN_STALE_MS : Math.min(2 * this.#gapMs + 1_000, LONGEST_LAG_MS);
  }

  #every(test: (at: number) => boolean): boolean {
    return [...this.#scraped.values()].every(test);
  }
}
