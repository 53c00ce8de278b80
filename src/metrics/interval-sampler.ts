import { isDeepStrictEqual } from 'node:util';
import type { SamplesSoFar } from '../contract/slice.ts';
import type { Tick } from '../judge/compare/types.ts';
import type { BothEnds, IntervalWindow } from '../judge/window.ts';
import { type ArmTotals, armTotals, leftAfter, podHistogram, podTally } from './arm-counts.ts';
import type { Figure } from './figure.ts';
import { type FigureWishes, intervalFigures } from './interval-figures.ts';
import { ARMS, type Arm, type SeriesTarget } from './istio-series.ts';
import { tooShortToMeasure } from './measurable.ts';
import { OutcomeTally } from './outcome-tally.ts';
import { type PodQuery, primaryGrown } from './pod-series.ts';
import type { PrometheusClient } from './prometheus.ts';
import { sentByArm, sourceCounts, sourceTally } from './source-counts.ts';
import { TickMeter } from './tick-meter.ts';

/** How long a failing last query is tried again, ms. */
const RETRY_MS = 5_000;

/** How far back the primary is looked at where it has no requests. */
const BEFORE = '30m';

/** JSON makes null of it. */
const INFINITE = Number.POSITIVE_INFINITY;

export interface SamplerOptions extends FigureWishes {
  /** Look at the primary's pods too, in the same queries. */
  compare: boolean;
  /** Leave out what was scraped before the start: other requests than those of this traffic. Default false. */
  anew?: boolean;
  durationMs: number;
  /** When the interval began, worker's clock. */
  startMs: number;
  /** The worker's clock. Default Date.now. */
  now?: () => number;
}

/**
 * Collects the numbers of one interval: growth since its start, over as many samples as the caller takes. A sample that fails costs
 * nothing; the last one must succeed.
 */
export class IntervalSampler {
  readonly #client: PrometheusClient;
  readonly #target: SeriesTarget;
  readonly #durationMs: number;
  readonly #now: () => number;
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
  /** From the slice before, until what it had seen was read again. */
  #soFar: SamplesSoFar | undefined;

  constructor(client: PrometheusClient, target: SeriesTarget, options: SamplerOptions) {
    const { family, podHash, compare, anew, durationMs, longestMs, startMs, soFar, now = Date.now } = options;
    this.#client = client;
    this.#target = target;
    this.#durationMs = durationMs;
    this.#now = now;
    this.#arms = compare ? ARMS : ['canary'];
    this.#longestMs = longestMs;
    this.#asked = { family, target, podHash };
    this.#soFar = soFar;
    const { requests, durations, sources, leavers } = intervalFigures(target, options, this.#arms, { startMs, anew });
    this.#requests = requests;
    this.#durations = durations;
    this.#sources = sources;
    this.#leavers = leavers;
  }

  /** To go on from in another slice, as of the last sample and the look at it. */
  get soFar(): SamplesSoFar {
    if (this.#soFar) return this.#soFar;
    const behind =
      this.#arms === ARMS ? ARMS.filter((arm) => !isDeepStrictEqual(this.#lookedAt(arm), this.#grown(arm))) : [];
    return {
      requests: this.#requests.soFar,
      durations: this.#durations?.soFar,
      sources: this.#sources?.soFar,
      leavers: this.#leavers?.soFar,
      behind: Object.fromEntries(behind.map((arm) => [arm, this.#lookedAt(arm)])),
    };
  }

  /** Prometheus's clock less the worker's, ms; undefined before the first answer. */
  get offsetMs(): number | undefined {
    return this.#figures.map(({ offsetMs }) => offsetMs).find((ms) => ms !== undefined);
  }

  /** It is known where every count begins. */
  get begun(): boolean {
    return this.#figures.every(({ begun }) => begun);
  }

  /** Time between two scrapes of the pods, ms; undefined while it is not known. */
  get scrapeMs(): number | undefined {
    return this.#requests.scrapeMs;
  }

  /** Asks Prometheus once. Throws only for an aborted signal. */
  async sample(signal: AbortSignal): Promise<void> {
    if (this.#soFar) await this.#resume(this.#soFar, signal);
    if (!this.#soFar) await this.#ask(signal);
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
    const failed = this.#figures.some(({ error }) => error);
    const known = this.#figures.filter(({ gapMs }) => !failed || gapMs !== undefined);
    return Math.max(failed ? RETRY_MS : 0, ...known.map(({ lagLimitMs }) => lagLimitMs));
  }

  /** The numbers of one arm since the baseline. Default the canary's, which are held against the primary's callers who left. */
  window(arm: Arm = 'canary'): IntervalWindow {
    const window = this.#window(arm, true);
    const unknown = this.#reasonUnknown(window);
    return {
      ...window,
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

  /** The looks go on from what the last one saw. */
  async #resume({ behind }: SamplesSoFar, signal: AbortSignal): Promise<void> {
    await this.#ask(signal);
    if (this.#figures.some(({ error }) => error)) return;
    for (const arm of ARMS) {
      const { histogram, ...counts } = behind[arm] ?? this.#grown(arm);
      this.#ticks.goOn(arm, { ...counts, histogram: histogram.map(([le, count]) => [le ?? INFINITE, count]) });
    }
    this.#soFar = undefined;
  }

  async #ask(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#figures.map((one) => one.ask(this.#client, this.#now, signal)));
  }

  get #figures(): Figure[] {
    return [this.#requests, this.#durations, this.#sources, this.#leavers].filter((one) => one !== undefined);
  }

  /** @param nobodys see `sourceTally` */
  #ends(arm: Arm, nobodys: boolean): BothEnds {
    const own = [this.#requests, ...(this.#durations && this.#arms.includes(arm) ? [this.#durations] : [])];
    const fresh = own.every((one) => one.fresh(arm));
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
      !this.#soFar &&
      this.#requests.fresh(arm) &&
      this.#durations?.fresh(arm) !== false &&
      this.#sources?.fresh() !== false;
    return heard ? this.#grown(arm) : undefined;
  }

  #grown(arm: Arm): ArmTotals {
    return armTotals(this.#window(arm, false));
  }

  #lookedAt(arm: Arm): ArmTotals {
    return this.#ticks.last(arm) ?? { requests: 0, errors: 0, histogram: [] };
  }

  #reasonUnknown({ destination }: IntervalWindow): string | undefined {
    const failed = this.#figures.find(({ error }) => error)?.error;
    if (failed || (destination.fresh && destination.requests > 0)) return failed;
    const { gapMs, lagMs } = this.#requests;
    return gapMs === undefined ? undefined : tooShortToMeasure(this.#durationMs, { scrapeMs: gapMs, lagMs });
  }
}

function isSilent({ destination: { requests, left } }: BothEnds): boolean {
  return requests + left === 0;
}
