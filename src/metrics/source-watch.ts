import { Figure } from './figure.ts';
import { type CountWindow, stepsTo } from './growth.ts';
import { arrivedAtCanary, type SeriesTarget, SOURCE_LABELS, sourceRequests } from './istio-series.ts';
import type { PrometheusClient } from './prometheus.ts';
import { sentByArm } from './source-counts.ts';

/** Scrapes without growth that count as "nothing is sent any more". */
const FLAT_SCRAPES = 2;
const LOOK_BACK_MS = 300_000;

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
  readonly #now: () => number;
  readonly #figure: Figure;
  #scrapedMs: number | undefined;
  #sent = 0;
  #state: 'sending' | 'flat' | undefined;
  #flat = 0;
  #flatMs: number | undefined;
  #problem: string | undefined;

  /** @param now the worker's clock, default Date.now */
  constructor(client: PrometheusClient, target: SeriesTarget, now: () => number = Date.now) {
    this.#client = client;
    this.#target = target;
    this.#now = now;
    const query = (window?: CountWindow) => sourceRequests(target, window);
    this.#figure = new Figure({ query, labels: SOURCE_LABELS, scrapedBy: 'destination_workload' }, { startMs: now() });
  }

  /** Why the last question was not answered. */
  get problem(): string | undefined {
    return this.#problem;
  }

  async ask(signal: AbortSignal): Promise<SourceState> {
    await this.#figure.ask(this.#client, this.#now, signal);
    this.#problem = this.#figure.error;
    if (this.#problem) return 'unsure';
    const at = this.#figure.oldestMs;
    if (at === 0) {
      this.#problem = 'no proxy reports requests for this service';
      return 'unsure';
    }
    const fresh = this.#figure.fresh();
    if (fresh && (this.#scrapedMs === undefined || at > this.#scrapedMs)) this.#take(at);
    if (this.#flat >= FLAT_SCRAPES) return 'away';
    return this.#state === 'sending' && fresh ? 'sending' : 'unsure';
  }

  /** Requests that reached the canary's pods since the first flat scrape: their senders report nothing. */
  async strays(signal: AbortSignal): Promise<number> {
    if (this.#flatMs === undefined) return 0;
    const steps = stepsTo(this.#flatMs, this.#prometheusMs);
    const window = { fromMs: this.#flatMs, ...steps, lookBackMs: LOOK_BACK_MS, hidden: false, replicas: [] };
    const outcome = await this.#client.query(arrivedAtCanary(this.#target, window), { signal });
    return outcome.ok ? (outcome.samples[0]?.value ?? 0) : 0;
  }

  #take(scrapedMs: number): void {
    const sent = sentByArm(this.#figure.grown, this.#target).canary;
    if (this.#scrapedMs !== undefined) {
      this.#state = sent === this.#sent ? 'flat' : 'sending';
      this.#flat = this.#state === 'flat' ? this.#flat + 1 : 0;
      if (this.#flat === 1) this.#flatMs = this.#prometheusMs;
    }
    this.#scrapedMs = scrapedMs;
    this.#sent = sent;
  }

  get #prometheusMs(): number {
    return Math.round(this.#now() + (this.#figure.offsetMs ?? 0));
  }
}
