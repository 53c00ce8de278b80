import type { Tick } from '../../judge/compare/types.ts';
import { type ArmTotals, armTotals, podHistogram, podTally } from '../arm-counts.ts';
import { CounterDifference } from '../counters.ts';
import type { Arm } from '../istio-series.ts';
import { joinKey } from '../snapshot.ts';
import { TickMeter } from '../tick-meter.ts';
import type { OwnSeries } from './own-series.ts';
import type { PodPages } from './pod-pages.ts';

export interface PodAddress {
  arm: Arm;
  name: string;
  /** Of its metrics page. */
  url: string;
}

/** What both arms' pods say of themselves, from one look to the next. A pod counts from the first page of it on. */
export class PodSampler {
  readonly #pages: PodPages;
  readonly #series: OwnSeries;
  readonly #requests = new CounterDifference(new Map());
  readonly #durations = new CounterDifference(new Map());
  readonly #known = new Set<string>();
  readonly #ticks = new TickMeter();
  #heard = new Set<Arm>();
  #unread: string | undefined;

  constructor(pages: PodPages, series: OwnSeries) {
    this.#pages = pages;
    this.#series = series;
  }

  /** Reads every page once. Throws only for an aborted signal. */
  async sample(pods: readonly PodAddress[], signal: AbortSignal): Promise<void> {
    this.#heard = new Set();
    const reasons = (await Promise.all(pods.map((pod) => this.#read(pod, signal)))).filter((one) => one !== undefined);
    const [first] = reasons;
    this.#unread = first && `${reasons.length} of ${pods.length} not read (${first})`;
  }

  /** What both arms did since the last tick; null: none of its pods was read. */
  tick(): Pick<Tick, 'canary' | 'primary'> {
    const next = (arm: Arm) => this.#ticks.next(arm, this.#heard.has(arm) ? this.#totals(arm) : undefined);
    return { canary: next('canary'), primary: next('primary') };
  }

  /** What could not be read, in words; undefined: nothing. */
  get unread(): string | undefined {
    return this.#unread;
  }

  /** @returns why it could not */
  async #read({ arm, name, url }: PodAddress, signal: AbortSignal): Promise<string | undefined> {
    const { family, counts, outcome } = this.#series;
    const wanted = (metric: string) => metric === family.durations || outcome(metric) !== undefined;
    const page = await this.#pages.read(url, wanted, signal);
    if (!page.ok) return page.reason;
    this.#heard.add(arm);
    const own = page.samples.filter(({ labels }) => counts(labels));
    const [requests, durations] = [new Map<string, number>(), new Map<string, number>()];
    for (const { name: metric, labels, series, value } of own) {
      // each series by itself, whatever its other labels
      const of = outcome(metric)?.(labels);
      if (of) requests.set(joinKey([arm, `${name} ${metric}${series}`, ...of]), value);
      else durations.set(joinKey([arm, name, labels.le ?? '', series]), value);
    }
    this.#count(name, requests, durations);
    this.#known.add(name);
    return own.length > 0 ? undefined : 'none of the series in it';
  }

  #count(pod: string, ...counters: [requests: Map<string, number>, durations: Map<string, number>]): void {
    for (const [i, difference] of [this.#requests, this.#durations].entries()) {
      const own = counters[i] ?? new Map();
      if (!this.#known.has(pod)) difference.adopt(own);
      difference.add(own);
    }
  }

  #totals(arm: Arm): ArmTotals {
    const { outcomeOf, msPerUnit } = this.#series.family;
    return armTotals({
      destination: { ...podTally(this.#requests.grown, arm, outcomeOf).counts, fresh: true },
      histogram: podHistogram(this.#durations.grown, arm, msPerUnit),
    });
  }
}
