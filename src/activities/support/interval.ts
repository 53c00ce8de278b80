/** One check interval, or a slice of it: its samples, its judgement, and what another slice goes on from. */
import type { IntervalInput } from '../../contract/activities.ts';
import type { Check } from '../../contract/plan.ts';
import type { IntervalSoFar } from '../../contract/slice.ts';
import type { ComparedTick, IntervalProgress, IntervalResult, IntervalVerdict } from '../../contract/verdict.ts';
import {
  cannotPass,
  type IntervalWindow,
  type Judgement,
  judgeInterval,
  type Learned,
  notRouted,
  type QueryValue,
} from '../../judge/index.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { askChecks, familyOf, IntervalSampler, type OpenMetrics } from '../../metrics/index.ts';
import { CanaryReadiness } from './canary-readiness.ts';
import { type Comparing, comparingOf } from './comparing.ts';
import { untilDrift } from './route-drift.ts';
import { type Sampled, sampleUntil } from './sampling.ts';
import { seriesTargetOf } from './series-target.ts';

export interface IntervalDeps {
  client: KubeClient;
  prometheus: OpenMetrics;
}

/** Thrown where an interval cannot go on: too much of it was seen by nobody. */
export const UNWATCHED = new Error('the interval was not watched for too long');

/** What an interval begins with, or a slice of it. */
interface Begin {
  learned: Learned;
  /** Why the route was not in force. */
  untaken: string | undefined;
  /** Longest time that nobody has watched it, ms, beside two scrapes. */
  limitMs: number;
}

/**
 * Scrape lag: the baseline is the newest scrape at the start, and the interval ends with the first scrape at or after its
 * end, for which it waits up to two scrapes longer than `durationMs`. So intervals that follow one another leave no gap, and a failure
 * just before the end counts.
 */
export class Interval {
  readonly #input: IntervalInput;
  readonly #signal: AbortSignal;
  readonly #begin: Begin;
  readonly #sliceMs = Date.now();
  readonly #startMs: number;
  readonly #everyMs: number;
  readonly #sampler: IntervalSampler;
  readonly #comparing: Comparing | undefined;
  readonly #readiness: CanaryReadiness;
  readonly #deps: IntervalDeps;
  /** This slice is known to follow the one before closely enough. */
  #joined = false;
  #noted: Omit<IntervalSoFar, 'watchedMs' | 'untilMs'> | undefined;
  #values: { canary?: Record<string, QueryValue>; primary?: Record<string, QueryValue> } = {};

  constructor(deps: IntervalDeps, input: IntervalInput, begin: Begin, signal: AbortSignal) {
    const { plan, stage, podHash, durationMs, soFar } = input;
    const { checks, compare, series } = plan.analysis;
    const client = deps.prometheus(plan.analysis);
    this.#input = input;
    this.#signal = signal;
    this.#noted = soFar;
    this.#deps = deps;
    this.#begin = begin;
    this.#startMs = this.#sliceMs - (soFar?.watchedMs ?? 0);
    this.#everyMs = sampleEvery(durationMs);
    this.#comparing = comparingOf(input, begin.learned, this.#startMs);
    this.#sampler = new IntervalSampler(client, seriesTargetOf(plan), {
      stage,
      family: familyOf(series, client.labelNames),
      podHash,
      durations:
        checks.some(({ builtin }) => builtin === 'requestDuration') ||
        (this.#comparing !== undefined && Boolean(compare?.options.latency)),
      longestMs: longestOf(checks),
      compare: this.#comparing !== undefined,
      anew: input.anew,
      graceMs: this.#everyMs,
      startMs: this.#startMs,
      soFar: soFar?.samples,
    });
    this.#readiness = new CanaryReadiness(deps.client, plan, signal);
  }

  /** @throws UNWATCHED when too much time lies between this slice and the one before */
  async check(): Promise<IntervalResult> {
    const { routes } = this.#input;
    const drift = routes ? untilDrift(this.#deps.client, { ...this.#input, ...routes }, this.#signal) : forever();
    const drifted = drift.then((sentence) => this.#drifted(sentence), forever);
    return Promise.race([this.#check(), drifted]);
  }

  async #check(): Promise<IntervalResult> {
    const { intent, durationMs } = this.#input;
    const { untaken } = this.#begin;
    for (;;) {
      const sampled = await this.#sample();
      if (sampled === 'lost') return this.#result('canaryLost', this.#lost);
      if (sampled === 'worse') return this.#result('worse', this.#comparing?.looks.standing?.sentence ?? '');
      await this.#askChecks();
      const judgement = this.#judge();
      // Proven healthy, but not by its limits: the rest of the interval decides.
      if (sampled === 'healthy' && judgement.verdict !== 'pass' && Date.now() < this.#startMs + durationMs) continue;
      const unseen = untaken ?? (intent && notRouted(intent, this.#sampler.sent));
      if (unseen && judgement.verdict !== 'fail') return this.#result('noAnswer', unseen);
      return this.#result(judgement.verdict, judgement.sentence);
    }
  }

  /** What another slice goes on from. Undefined: nothing was asked yet. */
  get soFar(): IntervalSoFar | undefined {
    return this.#noted && { ...this.#noted, watchedMs: Date.now() - this.#startMs, untilMs: this.#untilMs };
  }

  get ticks(): readonly ComparedTick[] {
    return this.#comparing?.looks.ticks ?? [];
  }

  #drifted(sentence: string): IntervalResult {
    return { ...this.#result('noAnswer', sentence), drift: sentence };
  }

  /** After each sample: it goes on only where the slice before was close enough, on Prometheus's clock. */
  #note(): void {
    const { untilMs } = this.#input.soFar ?? {};
    const { offsetMs, scrapeMs = 0 } = this.#sampler;
    if (!this.#joined && offsetMs !== undefined && untilMs !== undefined) {
      this.#noted = undefined;
      if (this.#sliceMs + offsetMs - untilMs > this.#begin.limitMs + 2 * scrapeMs) throw UNWATCHED;
      this.#joined = true;
    }
    const { untaken } = this.#begin;
    const judge = this.#comparing?.looks.soFar;
    this.#noted = { untaken, samples: this.#sampler.soFar, judge };
  }

  /** Now, on Prometheus's clock; a slice that it has not answered counts by the worker's. */
  get #untilMs(): number | undefined {
    const { offsetMs } = this.#sampler;
    const before = this.#input.soFar?.untilMs;
    if (offsetMs !== undefined) return Date.now() + offsetMs;
    return before === undefined ? undefined : before + Date.now() - this.#sliceMs;
  }

  progress(): IntervalProgress {
    const { durationMs } = this.#input;
    return {
      elapsedMs: Math.min(Date.now() - this.#startMs, durationMs),
      durationMs,
      canaryReady: this.#readiness.ready ?? 0,
      observedWeight: this.#sampler.observedWeight,
      checks: this.#judge().checks,
      requests: this.#window().destination.requests,
      comparison: this.#comparing?.looks.standing,
      soFar: this.soFar,
    };
  }

  async #sample(): Promise<Sampled | 'lost'> {
    const lost = this.#readiness.lost.then(() => 'lost' as const);
    const endMs = this.#startMs + this.#input.durationMs;
    const looking = {
      comparing: this.#comparing,
      lost: this.#input.decisive ? () => this.#cannotPass() : undefined,
      note: () => this.#note(),
    };
    const sampled = sampleUntil({ endMs, everyMs: this.#everyMs }, this.#sampler, looking, this.#signal);
    // The one that is still running is stopped by the signal and rejects with nobody listening.
    sampled.catch(() => {});
    const ended = await Promise.race([lost, sampled]);
    if (ended === 'lost' || this.#readiness.ready === 0) return 'lost';
    if (this.#readiness.ready === undefined) throw new Error('the canary could not be looked at');
    return ended;
  }

  /** The plan's own queries, at the end of what they are about. */
  async #askChecks(): Promise<void> {
    const { podHash, plan } = this.#input;
    const { checks } = plan.analysis;
    const arms = this.#comparing ? (['canary', 'primary'] as const) : (['canary'] as const);
    const ask = (arm: (typeof arms)[number]) => {
      const scope = { arm, podHash, intervalMs: Date.now() - this.#startMs };
      return askChecks(this.#deps.prometheus(plan.analysis), seriesTargetOf(plan), checks, scope, this.#signal);
    };
    const values = await Promise.all(arms.map(ask));
    this.#values = Object.fromEntries(arms.map((arm, i) => [arm, values[i] ?? {}]));
  }

  #cannotPass(): boolean {
    const { durationMs, plan } = this.#input;
    const part = (Date.now() - this.#startMs) / durationMs;
    const primary = this.#comparing && this.#window('primary');
    return cannotPass(plan.analysis.checks, this.#window(), part, primary);
  }

  #judge(): Judgement {
    const primary = this.#comparing && this.#window('primary');
    return judgeInterval(this.#input.plan.analysis.checks, this.#window(), primary);
  }

  #window(arm: 'canary' | 'primary' = 'canary'): IntervalWindow {
    const values = this.#values[arm];
    return { ...this.#sampler.window(arm), ...(values && { values }) };
  }

  get #lost(): string {
    return `no pod of ${this.#input.plan.workload.canary} is ready any more`;
  }

  #result(verdict: IntervalVerdict, sentence: string): IntervalResult {
    const { checks, requests, canaryReady, observedWeight } = this.progress();
    const comparison = this.#comparing?.looks.result;
    return {
      verdict,
      checks,
      requests,
      canaryReady,
      observedWeight,
      bypassed: this.#sampler.bypassed,
      from: iso(this.#startMs),
      to: iso(Date.now()),
      sentence,
      ...(comparison && { comparison }),
    };
  }
}

/** A sixth of the interval, between 1 s and 30 s: often enough for pods that come and go. */
function sampleEvery(durationMs: number): number {
  return Math.max(1_000, Math.min(30_000, durationMs / 6));
}

/** The most lenient of the plan's limits on answer times, ms. */
function longestOf(checks: readonly Check[]): number | undefined {
  const limits = checks.flatMap((check) => (check.builtin === 'requestDuration' ? [check.maxMs] : []));
  return limits.length > 0 ? Math.max(...limits) : undefined;
}

function forever(): Promise<never> {
  return new Promise(() => {});
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
