/** One check interval, or a slice of it: its samples, its judgement, and what another slice goes on from. */
import type { IntervalInput } from '../../contract/activities.ts';
import type { Check } from '../../contract/analysis.ts';
import type { IntervalSoFar } from '../../contract/slice.ts';
import type { ComparedTick, IntervalProgress, IntervalResult, IntervalVerdict } from '../../contract/verdict.ts';
import { iso } from '../../contract/words.ts';
import type { Learned } from '../../judge/comparison.ts';
import { cannotPass, type Judgement, judgeInterval } from '../../judge/interval.ts';
import { notRouted } from '../../judge/not-routed.ts';
import { podsCrashed } from '../../judge/pod-health.ts';
import type { IntervalWindow, QueryValue } from '../../judge/window.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { getDeployment } from '../../kubernetes/objects/deployments.ts';
import { currentPodHash } from '../../kubernetes/objects/replica-sets.ts';
import { IntervalSampler } from '../../metrics/interval-sampler.ts';
import type { PodPages } from '../../metrics/pods/pod-pages.ts';
import type { OpenMetrics } from '../../metrics/prometheus.ts';
import { askChecks } from '../../metrics/query-checks.ts';
import { familyOf } from '../../metrics/request-queries.ts';
import { CanaryReadiness } from './canary-readiness.ts';
import { type Comparing, comparingOf } from './comparing.ts';
import { askOthers, type OtherChecksDeps } from './other-checks.ts';
import { PodHealth } from './pod-health.ts';
import { PodLooks } from './pod-looks.ts';
import { untilDrift } from './route-drift.ts';
import { type Sampled, sampleUntil } from './sampling.ts';
import { seriesTargetOf } from './series-target.ts';

export interface IntervalDeps {
  client: KubeClient;
  prometheus: OpenMetrics;
  /** Of all rollouts of the worker. Default: of this interval. */
  pages?: PodPages;
  /** Who answers checks of web and job. Absent: they have no answer. */
  others?: Omit<OtherChecksDeps, 'client'>;
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
  /** Of its first slice: names what is made for this interval. */
  readonly #begunMs: number;
  readonly #startMs: number;
  readonly #everyMs: number;
  readonly #sampler: IntervalSampler;
  readonly #comparing: Comparing | undefined;
  readonly #readiness: CanaryReadiness;
  /** Undefined: no check asks for it. */
  readonly #pods: PodHealth | undefined;
  readonly #podLooks: PodLooks | undefined;
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
    this.#begunMs = soFar?.begunMs ?? this.#sliceMs;
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
      durationMs,
      startMs: this.#startMs,
      soFar: soFar?.samples,
    });
    this.#readiness = new CanaryReadiness(deps.client, plan, signal);
    const health = checks.some(({ builtin }) => builtin === 'podHealth');
    const { podLooks } = this.#comparing ?? {};
    this.#podLooks = podLooks && new PodLooks(deps, input, podLooks, signal);
    this.#pods = health ? new PodHealth(deps.client, input, this.#startMs, signal) : undefined;
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
      if (sampled === 'lost') return this.#lost();
      if (typeof sampled === 'object') return this.#result('worse', sampled.worse);
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
    const pods = this.#pods?.soFar;
    const podJudge = this.#podLooks?.soFar;
    this.#noted = {
      untaken,
      ...(this.#input.plan.analysis.checks.some((check) => 'job' in check) && { begunMs: this.#begunMs }),
      samples: this.#sampler.soFar,
      judge,
      ...(podJudge && { podJudge }),
      ...(pods && { pods }),
    };
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

  async #sample(): Promise<Sampled | 'lost' | { worse: string }> {
    const lost = this.#readiness.lost.then(() => 'lost' as const);
    const seen = this.#podLooks?.worse.then((sentence) => ({ worse: `${sentence}, as the pods themselves count` }));
    const endMs = this.#startMs + this.#input.durationMs;
    const looking = {
      comparing: this.#comparing,
      lost: this.#input.decisive ? () => this.#cannotPass() : undefined,
      note: () => this.#note(),
    };
    const sampled = sampleUntil({ endMs, everyMs: this.#everyMs }, this.#sampler, looking, this.#signal);
    // The one that is still running is stopped by the signal and rejects with nobody listening.
    sampled.catch(() => {});
    const ended = await Promise.race([lost, sampled, ...(seen ? [seen] : [])]);
    if (ended === 'lost' || this.#readiness.ready === 0 || this.#readiness.replaced) return 'lost';
    if (this.#readiness.ready === undefined) throw new Error('the canary could not be looked at');
    return ended;
  }

  /** The plan's own queries and the pods, at the end of what they are about. */
  async #askChecks(): Promise<void> {
    const { podHash, plan } = this.#input;
    const { checks } = plan.analysis;
    await this.#pods?.look();
    const arms = this.#comparing ? (['canary', 'primary'] as const) : (['canary'] as const);
    const primaryHash = this.#comparing && asksRevision(checks) ? await this.#primaryHash() : undefined;
    const ask = (arm: (typeof arms)[number]) => {
      const scope = { arm, podHash, primaryHash, intervalMs: Date.now() - this.#startMs };
      return askChecks(this.#deps.prometheus(plan.analysis), seriesTargetOf(plan), checks, scope, this.#signal);
    };
    const { client, others: by } = this.#deps;
    const others = by ? askOthers({ client, ...by }, this.#input, String(this.#begunMs), this.#signal) : {};
    const [canary, primary] = await Promise.all(arms.map(ask));
    this.#values = { canary: { ...canary, ...(await others) }, ...(primary && { primary }) };
  }

  async #primaryHash(): Promise<string | undefined> {
    const { namespace, workload } = this.#input.plan;
    const primary = await getDeployment(this.#deps.client, namespace, workload.primary);
    return primary && currentPodHash(this.#deps.client, primary);
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
    const pods = arm === 'canary' ? this.#pods?.seen : undefined;
    return { ...this.#sampler.window(arm), ...(values && { values }), ...(pods && { pods }) };
  }

  /** Nobody need be asked about a canary that has crashed: where pods are judged, that is what was found out. */
  async #lost(): Promise<IntervalResult> {
    const { plan } = this.#input;
    const { replaced } = this.#readiness;
    if (replaced) return this.#result('canaryLost', replaced);
    const sentence = `no pod of ${plan.workload.canary} is ready any more`;
    const check = plan.analysis.checks.find((one) => one.builtin === 'podHealth');
    await this.#pods?.look();
    const crashed = check && podsCrashed(check, this.#pods?.seen);
    return crashed ? this.#result('worse', `${sentence}: ${crashed}`) : this.#result('canaryLost', sentence);
  }

  #result(verdict: IntervalVerdict, sentence: string): IntervalResult {
    const { checks, requests, canaryReady, observedWeight } = this.progress();
    const comparison = this.#comparing?.looks.result;
    const { unread, soFar: pods } = this.#podLooks ?? {};
    return {
      verdict,
      checks,
      requests,
      canaryReady,
      observedWeight,
      bypassed: this.#sampler.bypassed,
      from: iso(this.#startMs),
      to: iso(Date.now()),
      ...(this.#readiness.resumed && { resumed: true }),
      sentence: unread ? `${sentence}; the pods themselves: ${unread}` : sentence,
      ...(comparison && { comparison: { ...comparison, ...(pods && { pods }) } }),
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

function asksRevision(checks: readonly Check[]): boolean {
  return checks.some((check) => 'query' in check && /\{\{\s*revision\s*\}\}/.test(check.query));
}

function forever(): Promise<never> {
  return new Promise(() => {});
}
