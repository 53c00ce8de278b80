import { isDeepStrictEqual } from 'node:util';
import type { SamplesSoFar } from '../contract/slice.ts';
import type { Tick } from '../judge/compare/index.ts';
import type { DestinationCounts, IntervalWindow, SourceCounts } from '../judge/index.ts';
import { type ArmTotals, armTotals, durationTotals, podCounts, podHistogram, requestTotals } from './arm-counts.ts';
import { Figure } from './figure.ts';
import { ARMS, type Arm, type SeriesTarget, SOURCE_LABELS, sourceRequests } from './istio-series.ts';
import { ARM, podDurations, podRequests } from './pod-series.ts';
import type { PrometheusClient } from './prometheus.ts';
import type { SeriesFamily } from './request-queries.ts';
import { sentByArm, sourceCounts, sourceTotals } from './source-counts.ts';
import { TickMeter } from './tick-meter.ts';

/** How long a failing last query is tried again, ms. */
const RETRY_MS = 5_000;

/** JSON makes null of it. */
const INFINITE = Number.POSITIVE_INFINITY;

export interface SamplerOptions {
  stage: 'mirror' | 'live';
  family: SeriesFamily;
  /** `pod-template-hash` of the revision. */
  podHash: string;
  /** Ask for answer times too. */
  durations: boolean;
  /** Ask for the primary's pods too, in the same queries. */
  compare: boolean;
  /** Leave out what was scraped before the start: other requests than those of this traffic. Default false. */
  anew?: boolean;
  /** A first answer later than this after the start leaves the interval without one, ms. */
  graceMs: number;
  /** When the interval began, worker's clock. */
  startMs: number;
  /** What the slice before has seen. Absent: this is the first. */
  soFar?: SamplesSoFar;
  /** The worker's clock. Default Date.now. */
  now?: () => number;
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
  readonly #arms: readonly Arm[];
  readonly #requests: Figure;
  readonly #durations: Figure | undefined;
  readonly #sources: Figure | undefined;
  readonly #msPerUnit: number;
  readonly #ticks = new TickMeter();

  constructor(client: PrometheusClient, target: SeriesTarget, options: SamplerOptions) {
    const { family, podHash, durations, stage, compare, anew, graceMs, startMs, soFar, now = Date.now } = options;
    this.#client = client;
    this.#target = target;
    this.#graceMs = graceMs;
    this.#now = now;
    this.#startMs = startMs;
    this.#arms = compare ? ARMS : ['canary'];
    const pods = (query: typeof podRequests, label: string, totals: typeof requestTotals) =>
      new Figure({
        query: (baseline) => query({ family, target, podHash }, this.#arms, baseline),
        labels: [ARM, family.pod, label],
        scrapedBy: family.pod,
        arm: ARM,
        totals,
      });
    this.#requests = pods(podRequests, family.code, requestTotals);
    this.#durations = durations && family.durations ? pods(podDurations, 'le', durationTotals) : undefined;
    this.#msPerUnit = family.msPerUnit;
    if (stage === 'live' && family.sources) {
      const query = (baseline: boolean) => sourceRequests(target, 'max', baseline);
      this.#sources = new Figure({
        query,
        labels: SOURCE_LABELS,
        scrapedBy: 'destination_workload',
        totals: sourceTotals,
      });
    }
    if (anew) {
      this.#requests.startAt(startMs, 'canary');
      for (const one of [this.#durations, this.#sources]) one?.startAt(startMs);
    }
    if (soFar) this.#goOn(soFar);
  }

  /** To go on from in another slice, as of the last sample and the look at it. */
  get soFar(): SamplesSoFar {
    const one = (figure: Figure | undefined) => figure?.soFar(this.#startMs);
    const behind =
      this.#arms === ARMS ? ARMS.filter((arm) => !isDeepStrictEqual(this.#lookedAt(arm), this.#grown(arm))) : [];
    return {
      requests: one(this.#requests),
      durations: one(this.#durations),
      sources: one(this.#sources),
      behind: Object.fromEntries(behind.map((arm) => [arm, this.#lookedAt(arm)])),
    };
  }

  /** Prometheus's clock less the worker's, ms; undefined before the first answer. */
  get offsetMs(): number | undefined {
    return this.#figures.map(({ offsetMs }) => offsetMs).find((ms) => ms !== undefined);
  }

  /** The baseline of every figure is there. */
  get begun(): boolean {
    return this.#figures.every(({ settled }) => settled);
  }

  /** Time between two scrapes of the pods, ms; undefined while it is not known. */
  get scrapeMs(): number | undefined {
    return this.#requests.scrapeMs;
  }

  /** Asks Prometheus once. The first successful call is the baseline. Throws only for an aborted signal. */
  async sample(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#figures.map((one) => one.ask(this.#client, this.#now, signal)));
  }

  /** The last sample holds every request up to this moment of the worker's clock, and could be read. */
  covers(workerMs: number): boolean {
    const pods = [this.#requests, this.#durations].filter((one) => one !== undefined);
    return (
      pods.every((one) => this.#arms.every((arm) => one.covers(workerMs, arm))) &&
      (this.#sources?.covers(workerMs) ?? true)
    );
  }

  /** How long to wait for a scrape that covers the end, ms. */
  get lagLimitMs(): number {
    if (this.#figures.some(({ error }) => error)) return RETRY_MS;
    return Math.max(...this.#figures.map(({ lagLimitMs }) => lagLimitMs));
  }

  /** The numbers of one arm since the baseline. Default the canary's. */
  window(arm: Arm = 'canary'): IntervalWindow {
    const unknown = this.#reasonUnknown();
    return {
      destination: this.#destination(arm),
      ...(this.#sources && { source: this.#source(this.#sources, arm, true) }),
      histogram: this.#histogram(arm),
      ...(unknown && { unknown }),
    };
  }

  /** What both arms did since the last tick. An arm that was not heard of is null, and what it did comes with a later tick. */
  tick(): Pick<Tick, 'canary' | 'primary'> {
    const next = (arm: Arm) => this.#ticks.next(arm, this.#totals(arm));
    return { canary: next('canary'), primary: next('primary') };
  }

  /** Requests that the sources sent to each side since the start. */
  get sent(): { primary: number; canary: number } {
    return sentByArm(this.#sources?.grown ?? new Map(), this.#target);
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

  #goOn({ requests, durations, sources, behind }: SamplesSoFar): void {
    if (requests) this.#requests.goOn(requests, this.#startMs);
    if (durations) this.#durations?.goOn(durations, this.#startMs);
    if (sources) this.#sources?.goOn(sources, this.#startMs);
    for (const arm of ARMS) {
      const { histogram, ...counts } = behind[arm] ?? this.#grown(arm);
      this.#ticks.goOn(arm, { ...counts, histogram: histogram.map(([le, count]) => [le ?? INFINITE, count]) });
    }
  }

  get #figures(): Figure[] {
    return [this.#requests, this.#durations, this.#sources].filter((one) => one !== undefined);
  }

  #destination(arm: Arm): DestinationCounts {
    const own = [this.#requests, this.#durations].filter((one) => one !== undefined);
    const fresh = own.every((one) => one.fresh(arm) && this.#late(one) === undefined);
    return { ...podCounts(this.#requests.grown, arm), fresh };
  }

  #source(one: Figure, arm: Arm, nobodys: boolean): SourceCounts {
    return { ...sourceCounts(one.grown, this.#target, arm, nobodys), fresh: one.fresh() };
  }

  #histogram(arm: Arm): [le: number, count: number][] {
    return podHistogram(this.#durations?.grown ?? new Map(), arm, this.#msPerUnit);
  }

  /** In a comparison a failure that may be either arm's is nobody's: an outage of both must not weigh on the canary alone. */
  #totals(arm: Arm): ArmTotals | undefined {
    const heard =
      this.#requests.fresh(arm) && this.#durations?.fresh(arm) !== false && this.#sources?.fresh() !== false;
    return heard ? this.#grown(arm) : undefined;
  }

  #grown(arm: Arm): ArmTotals {
    const source = this.#sources && this.#source(this.#sources, arm, false);
    return armTotals(podCounts(this.#requests.grown, arm), source, this.#histogram(arm));
  }

  #lookedAt(arm: Arm): ArmTotals {
    return this.#ticks.last(arm) ?? { requests: 0, errors: 0, histogram: [] };
  }

  #reasonUnknown(): string | undefined {
    const failed = this.#figures.find(({ error }) => error)?.error;
    return failed ?? this.#figures.map((one) => this.#late(one)).find((reason) => reason !== undefined);
  }

  #late({ begunMs }: Figure): string | undefined {
    if (begunMs === undefined) return 'Prometheus was not asked yet';
    const afterMs = begunMs - this.#startMs;
    if (afterMs <= this.#graceMs) return undefined;
    return `Prometheus did not answer in the first ${Math.round(afterMs / 1000)} s of the interval`;
  }
}
