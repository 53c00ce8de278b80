import { isDeepStrictEqual } from 'node:util';
import type { SamplesSoFar } from '../contract/slice.ts';
import type { Tick } from '../judge/compare/index.ts';
import type { BothEnds, IntervalWindow } from '../judge/index.ts';
import {
  type ArmTotals,
  armTotals,
  durationTotals,
  leftAfter,
  podHistogram,
  podTally,
  requestTotals,
} from './arm-counts.ts';
import { Figure } from './figure.ts';
import { ARMS, type Arm, type SeriesTarget, SOURCE_LABELS, sourceRequests } from './istio-series.ts';
import { OutcomeTally } from './outcome-tally.ts';
import {
  ARM,
  leaverDurations,
  type PodQuery,
  podDurations,
  podRequests,
  primaryGrown,
  REPORTER,
} from './pod-series.ts';
import type { PrometheusClient } from './prometheus.ts';
import type { SeriesFamily } from './request-queries.ts';
import { sentByArm, sourceCounts, sourceTally } from './source-counts.ts';
import { TickMeter } from './tick-meter.ts';

/** How long a failing last query is tried again, ms. */
const RETRY_MS = 5_000;

/** How far back the primary is looked at where it has no requests. */
const BEFORE = '30m';

/** JSON makes null of it. */
const INFINITE = Number.POSITIVE_INFINITY;

export interface SamplerOptions {
  stage: 'mirror' | 'live';
  family: SeriesFamily;
  /** `pod-template-hash` of the revision. */
  podHash: string;
  /** Ask for answer times too. */
  durations: boolean;
  /** Longest answer time that the plan allows, ms: a caller who waited longer before he left has met a failure. */
  longestMs?: number;
  /** Look at the primary's pods too, in the same queries. */
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
  readonly #leavers: Figure | undefined;
  readonly #longestMs: number | undefined;
  readonly #asked: PodQuery;
  readonly #ticks = new TickMeter();
  /** The primary's requests in the time before, once they were asked for. */
  #before: OutcomeTally | undefined;

  constructor(client: PrometheusClient, target: SeriesTarget, options: SamplerOptions) {
    const { family, podHash, durations, stage, compare, anew, graceMs, startMs, soFar, now = Date.now } = options;
    this.#client = client;
    this.#target = target;
    this.#graceMs = graceMs;
    this.#now = now;
    this.#startMs = startMs;
    this.#arms = compare ? ARMS : ['canary'];
    this.#longestMs = options.longestMs;
    const asked = { family, target, podHash };
    this.#asked = asked;
    const shape = { scrapedBy: family.pod, arm: ARM };
    // callers leave both arms: the primary's requests are counted where nothing else is compared, too
    this.#requests = new Figure({
      ...shape,
      query: (baseline) => podRequests(asked, ARMS, baseline),
      labels: [ARM, family.pod, ...family.labels],
      totals: requestTotals,
    });
    if (durations && family.durations)
      this.#durations = new Figure({
        ...shape,
        query: (baseline) => podDurations(asked, this.#arms, baseline),
        labels: [ARM, family.pod, 'le'],
        totals: durationTotals,
      });
    if (options.longestMs !== undefined && family.durations && family.leavers)
      this.#leavers = new Figure({
        ...shape,
        query: (baseline) => leaverDurations(asked, this.#arms, baseline),
        labels: [ARM, REPORTER, 'le'],
        totals: (grown) => grown,
      });
    if (stage === 'live' && family.sources) {
      const query = (baseline: boolean) => sourceRequests(target, 'max', baseline);
      this.#sources = new Figure({
        query,
        labels: SOURCE_LABELS,
        scrapedBy: 'destination_workload',
        totals: (grown) => grown,
      });
    }
    if (anew) {
      this.#requests.startAt(startMs, 'canary');
      for (const one of [this.#durations, this.#sources, this.#leavers]) one?.startAt(startMs);
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
      leavers: one(this.#leavers),
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
    if (this.begun && !this.#before && isSilent(this.#ends('primary', true)))
      this.#before = await this.#askBefore(signal);
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

  /** The numbers of one arm since the baseline. Default the canary's, which are held against the primary's callers who left. */
  window(arm: Arm = 'canary'): IntervalWindow {
    const unknown = this.#reasonUnknown();
    return {
      ...this.#window(arm, true),
      ...(arm === 'canary' && { primary: this.#primary }),
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
    return Math.round(destination.requests + destination.left - (source.requests + source.left - source.neverArrived));
  }

  #goOn({ requests, durations, sources, leavers, behind }: SamplesSoFar): void {
    if (requests) this.#requests.goOn(requests, this.#startMs);
    if (durations) this.#durations?.goOn(durations, this.#startMs);
    if (sources) this.#sources?.goOn(sources, this.#startMs);
    if (leavers) this.#leavers?.goOn(leavers, this.#startMs);
    for (const arm of ARMS) {
      const { histogram, ...counts } = behind[arm] ?? this.#grown(arm);
      this.#ticks.goOn(arm, { ...counts, histogram: histogram.map(([le, count]) => [le ?? INFINITE, count]) });
    }
  }

  get #figures(): Figure[] {
    return [this.#requests, this.#durations, this.#sources, this.#leavers].filter((one) => one !== undefined);
  }

  /** @param nobodys see `sourceTally` */
  #ends(arm: Arm, nobodys: boolean): BothEnds {
    const own = [this.#requests, ...(this.#durations && this.#arms.includes(arm) ? [this.#durations] : [])];
    const fresh = own.every((one) => one.fresh(arm) && this.#late(one) === undefined);
    const pods = podTally(this.#requests.grown, arm, this.#asked.family.outcomeOf);
    const destination = { ...pods.counts, fresh };
    if (!this.#sources) return { destination };
    const sources = sourceTally(this.#sources.grown, this.#target, arm, nobodys);
    return { destination, source: { ...sourceCounts(sources, pods), fresh: this.#sources.fresh() } };
  }

  /** Where all traffic goes to the canary, the primary is as it was before. */
  get #primary(): BothEnds {
    const ends = this.#ends('primary', true);
    return this.#before && isSilent(ends) ? { destination: { ...this.#before.counts, fresh: true } } : ends;
  }

  async #askBefore(signal: AbortSignal): Promise<OutcomeTally> {
    const { family } = this.#asked;
    const outcome = await this.#client.query(primaryGrown(this.#asked, BEFORE), { signal });
    const before = new OutcomeTally();
    for (const { labels, value } of outcome.ok ? outcome.samples : [])
      before.add(family.outcomeOf(family.labels.map((label) => labels[label] ?? '')), '', value);
    return before;
  }

  #window(arm: Arm, nobodys: boolean): IntervalWindow {
    const { msPerUnit } = this.#asked.family;
    const limitMs = this.#longestMs ?? INFINITE;
    return {
      ...this.#ends(arm, nobodys),
      histogram: podHistogram(this.#durations?.grown ?? new Map(), arm, msPerUnit),
      ...(this.#leavers && {
        waited: { callers: leftAfter(this.#leavers.grown, arm, limitMs, msPerUnit), limitMs },
      }),
    };
  }

  /** In a comparison a failure that may be either arm's is nobody's: an outage of both must not weigh on the canary alone. */
  #totals(arm: Arm): ArmTotals | undefined {
    const heard =
      this.#requests.fresh(arm) && this.#durations?.fresh(arm) !== false && this.#sources?.fresh() !== false;
    return heard ? this.#grown(arm) : undefined;
  }

  #grown(arm: Arm): ArmTotals {
    return armTotals(this.#window(arm, false));
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

function isSilent({ destination: { requests, left } }: BothEnds): boolean {
  return requests + left === 0;
}
