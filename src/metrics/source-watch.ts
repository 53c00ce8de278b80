import { Freshness } from './freshness.ts';
import { arrivedAtCanary, type SeriesTarget, SOURCE_LABELS, sourceRequests } from './istio-series.ts';
import type { PrometheusClient } from './prometheus.ts';
import { splitKey, takeApart } from './snapshot.ts';

/** Scrapes without growth that count as "nothing is sent any more". */
const FLAT_SCRAPES = 2;

/**
 * - `away`: every caller's proxy was scraped twice without a new request for the canary
 * - `sending`: the last scrape had new requests for the canary
 * - `unsure`: no source series, too few scrapes yet, or they stopped
 */
export type SourceState = 'away' | 'sending' | 'unsure';

/** Watches what the callers' proxies send to the canary, one question at a time. */
export class SourceWatch {
  readonly #client: PrometheusClient;
  readonly #target: SeriesTarget;
  readonly #freshness = new Freshness();
  readonly #now: () => number;
  #scrapedMs: number | undefined;
  #sent = 0;
  #state: 'sending' | 'flat' | undefined;
  #flat = 0;
  #arrivedAtFlat: number | undefined;
  #problem: string | undefined;

  /** @param now the worker's clock, default Date.now */
  constructor(client: PrometheusClient, target: SeriesTarget, now: () => number = Date.now) {
    this.#client = client;
    this.#target = target;
    this.#now = now;
  }

  /** Why the last question was not answered. */
  get problem(): string | undefined {
    return this.#problem;
  }

  async ask(signal: AbortSignal): Promise<SourceState> {
    const askedMs = this.#now();
    const outcome = await this.#client.query(sourceRequests(this.#target, 'min'), { signal });
    this.#problem = outcome.ok ? undefined : outcome.error.message;
    if (!outcome.ok) return 'unsure';
    const { counters, scraped, evaluatedMs } = takeApart(outcome.samples, SOURCE_LABELS, 'destination_workload');
    // Without series of its own the canary is judged at the pace of the primary's.
    const at = scraped.get(this.#target.canary) ?? scraped.get(this.#target.primary);
    if (at === undefined) {
      this.#problem = 'no proxy reports requests for this service';
      return 'unsure';
    }
    this.#freshness.update(new Map([['sources', at]]), evaluatedMs, askedMs);
    if (this.#scrapedMs === undefined || at > this.#scrapedMs) await this.#take(at, this.#sentIn(counters), signal);
    if (this.#flat >= FLAT_SCRAPES) return 'away';
    return this.#state === 'sending' && this.#freshness.fresh ? 'sending' : 'unsure';
  }

  /** Requests that reached the canary's pods between the two flat scrapes: their senders report nothing. */
  async strays(signal: AbortSignal): Promise<number> {
    if (this.#arrivedAtFlat === undefined) return 0;
    return Math.max(0, ((await this.#arrived(signal)) ?? 0) - this.#arrivedAtFlat);
  }

  async #take(scrapedMs: number, sent: number, signal: AbortSignal): Promise<void> {
    if (this.#scrapedMs !== undefined) {
      this.#state = sent === this.#sent ? 'flat' : 'sending';
      this.#flat = this.#state === 'flat' ? this.#flat + 1 : 0;
      if (this.#flat === 1) this.#arrivedAtFlat = await this.#arrived(signal);
    }
    this.#scrapedMs = scrapedMs;
    this.#sent = sent;
  }

  async #arrived(signal: AbortSignal): Promise<number | undefined> {
    const outcome = await this.#client.query(arrivedAtCanary(this.#target), { signal });
    return outcome.ok ? (outcome.samples[0]?.value ?? 0) : undefined;
  }

  #sentIn(counters: ReadonlyMap<string, number>): number {
    let sent = 0;
    for (const [key, count] of counters) if (splitKey(key)[1] === this.#target.canary) sent += count;
    return sent;
  }
}
