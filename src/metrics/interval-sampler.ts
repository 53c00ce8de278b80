import type { IntervalWindow, SourceCounts } from '../judge/index.ts';
import { CounterDifference } from './counters.ts';
import { Freshness } from './freshness.ts';
import { podDurations, podRequests, type SeriesTarget, SOURCE_LABELS, sourceRequests } from './istio-series.ts';
import { parseNumber } from './number.ts';
import type { PrometheusClient } from './prometheus.ts';
import { splitKey, takeApart } from './snapshot.ts';
import { classifyFailure } from './source-flags.ts';

/** How long a failing last query is tried again, ms. */
const RETRY_MS = 5_000;

export interface SamplerOptions {
  stage: 'mirror' | 'live';
  /** `pod-template-hash` of the revision. */
  podHash: string;
  /** Ask for answer times too. */
  durations: boolean;
  /** A first answer later than this after the start leaves the interval without one, ms. */
  graceMs: number;
  /** The worker's clock. Default Date.now. */
  now?: () => number;
}

/** One query: the growth of its counters, and what went wrong last. */
interface Figure {
  query: (baseline: boolean) => string;
  labels: string[];
  scrapedBy: string;
  growth?: CounterDifference;
  freshness: Freshness;
  error?: string;
  /** ms after the start at which the baseline was read. */
  begunAfterMs?: number;
}

/**
 * Collects the numbers of one interval: growth since the first sample, over as many samples as the caller takes. A sample
 * that fails in between costs nothing; the first and the last one must succeed.
 */
export class IntervalSampler {
  readonly #client: PrometheusClient;
  readonly #target: SeriesTarget;
  readonly #graceMs: number;
  readonly #now: () => number;
  readonly #startMs: number;
  readonly #requests: Figure;
  readonly #durations: Figure | undefined;
  readonly #sources: Figure | undefined;

  constructor(client: PrometheusClient, target: SeriesTarget, options: SamplerOptions) {
    const { podHash, durations, stage, graceMs, now = Date.now } = options;
    this.#client = client;
    this.#target = target;
    this.#graceMs = graceMs;
    this.#now = now;
    this.#startMs = now();
    this.#requests = figure((b) => podRequests(target, podHash, b), ['pod', 'response_code'], 'pod');
    this.#durations = durations ? figure((b) => podDurations(target, podHash, b), ['pod', 'le'], 'pod') : undefined;
    this.#sources =
      stage === 'live'
        ? figure((b) => sourceRequests(target, 'max', b), SOURCE_LABELS, 'destination_workload')
        : undefined;
  }

  /** The baseline of every figure is there. */
  get begun(): boolean {
    return this.#figures.every(({ growth }) => growth !== undefined);
  }

  /** Asks Prometheus once. The first successful call is the baseline. Throws only for an aborted signal. */
  async sample(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#figures.map((one) => this.#ask(one, signal)));
  }

  /** The last sample holds every request up to this moment of the worker's clock, and could be read. */
  covers(workerMs: number): boolean {
    return this.#figures.every(({ error, freshness }) => !error && freshness.covers(workerMs));
  }

  /** How long to wait for a scrape that covers the end, ms. */
  get lagLimitMs(): number {
    if (this.#figures.some(({ error }) => error)) return RETRY_MS;
    return Math.max(...this.#figures.map(({ freshness }) => freshness.lagLimitMs));
  }

  window(): IntervalWindow {
    const { freshness } = this.#requests;
    const own = [this.#requests, this.#durations].filter((one) => one !== undefined);
    const unknown = this.#reasonUnknown(this.#figures);
    let requests = 0;
    let failures = 0;
    for (const [key, count] of this.#requests.growth?.grown ?? []) {
      const code = parseNumber(splitKey(key)[1]) ?? Number.NaN;
      requests += count;
      if (code === 0 || code >= 500) failures += count;
    }
    const fresh = !this.#reasonUnknown(own) && freshness.fresh;
    return {
      destination: { requests, failures, fresh },
      ...(this.#sources ? { source: this.#sourceCounts(this.#sources) } : {}),
      histogram: this.#histogram(),
      ...(unknown ? { unknown } : {}),
    };
  }

  /** Requests that the sources sent to each side since the start. */
  get sent(): { primary: number; canary: number } {
    const { primary, canary } = this.#target;
    const sent = { primary: 0, canary: 0 };
    for (const [key, count] of this.#sources?.growth?.grown ?? []) {
      const workload = splitKey(key)[1];
      if (workload === primary) sent.primary += count;
      if (workload === canary) sent.canary += count;
    }
    return sent;
  }

  /** Share of the sources' requests that went to the canary since the start, percent; undefined without any. */
  get observedWeight(): number | undefined {
    const { sent } = this;
    const total = sent.primary + sent.canary;
    return total > 0 ? Math.round((1000 * sent.canary) / total) / 10 : undefined;
  }

  /**
   * Requests that reached the canary although no source sent them there by the route: callers without a sidecar, or on a
   * gateway that no route binds. Undefined when one end was not heard. An estimate: retries of a proxy count too, and as the two
   * ends are scraped at other moments it may be negative; over several intervals that evens out.
   */
  get bypassed(): number | undefined {
    const { destination, source } = this.window();
    if (!source?.fresh || !destination.fresh) return undefined;
    return Math.round(destination.requests - (source.requests - source.neverArrived));
  }

  get #figures(): Figure[] {
    return [this.#requests, this.#durations, this.#sources].filter((one) => one !== undefined);
  }

  async #ask(one: Figure, signal: AbortSignal): Promise<void> {
    const askedMs = this.#now();
    const outcome = await this.#client.query(one.query(one.growth === undefined), { signal });
    if (!outcome.ok) {
      one.error = outcome.error.message;
      return;
    }
    const { counters, scraped, evaluatedMs } = takeApart(outcome.samples, one.labels, one.scrapedBy);
    one.error = undefined;
    one.freshness.update(scraped, evaluatedMs, askedMs);
    if (one.growth) return one.growth.add(counters);
    one.growth = new CounterDifference(counters);
    one.begunAfterMs = askedMs - this.#startMs;
  }

  #reasonUnknown(figures: Figure[]): string | undefined {
    const failed = figures.find(({ error }) => error)?.error;
    if (failed) return failed;
    const late = figures.find(({ begunAfterMs = Number.POSITIVE_INFINITY }) => begunAfterMs > this.#graceMs);
    if (late?.begunAfterMs === undefined) return late ? 'Prometheus was not asked yet' : undefined;
    return `Prometheus did not answer in the first ${Math.round(late.begunAfterMs / 1000)} s of the interval`;
  }

  #sourceCounts(one: Figure): SourceCounts {
    const counts = { requests: 0, failures: 0, neverArrived: 0, lostOnTheWay: 0 };
    for (const [key, count] of one.growth?.grown ?? []) {
      const [service, workload, code, flags] = splitKey(key);
      const kind = classifyFailure(parseNumber(code) ?? Number.NaN, flags ?? '');
      const ours = workload === this.#target.canary;
      // No pod was chosen: the failure counts against the canary, whose weight is what changed.
      const nobodys = workload === 'unknown' && service === this.#target.canaryService.name;
      if (!ours && !(nobodys && kind && kind !== 'answered')) continue;
      counts.requests += count;
      if (kind) counts.failures += count;
      if (kind === 'neverArrived' || kind === 'lostOnTheWay') counts[kind] += count;
    }
    return { ...counts, fresh: !one.error && one.growth !== undefined && one.freshness.fresh };
  }

  #histogram(): [number, number][] {
    const byBound = new Map<number, number>();
    for (const [key, count] of this.#durations?.growth?.grown ?? []) {
      const le = parseNumber(splitKey(key)[1]);
      if (le !== undefined) byBound.set(le, (byBound.get(le) ?? 0) + count);
    }
    return [...byBound].sort(([a], [b]) => a - b);
  }
}

function figure(query: Figure['query'], labels: string[], scrapedBy: string): Figure {
  return { query, labels, scrapedBy, freshness: new Freshness() };
}
