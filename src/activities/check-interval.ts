import type { IntervalInput } from '../contract/activities.ts';
import type { Plan } from '../contract/plan.ts';
import { TAKEN_MS } from '../contract/time-limits.ts';
import type { IntervalProgress, IntervalResult, IntervalVerdict } from '../contract/verdict.ts';
import {
  type IntervalWindow,
  type Judgement,
  judgeInterval,
  type Learned,
  Looks,
  notRouted,
  type QueryValue,
} from '../judge/index.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { askChecks, familyOf, IntervalSampler, learnFromPrimary, type PrometheusClient } from '../metrics/index.ts';
import { routesTaken, settled } from '../routers/index.ts';
import { type ActivityRun, beating } from './support/activity.ts';
import { CanaryReadiness } from './support/canary-readiness.ts';
import { untilDrift } from './support/route-drift.ts';
import { type Comparing, RETRY_MS, type Sampled, sampleUntil } from './support/sampling.ts';
import { seriesTargetOf } from './support/series-target.ts';

export interface CheckIntervalDeps {
  client: KubeClient;
  prometheus: (baseUrl: string) => PrometheusClient;
}

/**
 * One check interval. It waits inside, collects the counters of the canary (and of the primary, when the plan compares), and
 * ends early when no canary pod is ready, when the canary is proven worse, or when its stage is proven healthy early.
 *
 * Scrape lag: the baseline is the newest scrape at the start, and the interval ends with the first scrape at or after its
 * end, for which it waits up to two scrapes longer than `durationMs`. So intervals that follow one another leave no gap, and a failure
 * just before the end counts. A retry of the activity starts over with fresh data.
 */
export async function checkInterval(
  deps: CheckIntervalDeps,
  input: IntervalInput,
  run: ActivityRun,
): Promise<IntervalResult> {
  const untaken = await untilTaken(deps.client, input.plan, run);
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const learned = await learn(deps, input, signal);
  const interval = new Interval(deps, input, learned, signal);
  const progress = () => interval.progress();
  const { routes } = input;
  const drift = routes ? untilDrift(deps.client, { ...input, ...routes }, signal) : new Promise<never>(() => {});
  const drifted = drift.then((sentence) => interval.drifted(sentence)).catch(() => new Promise<never>(() => {}));
  const work = () => Promise.race([interval.check(untaken), drifted]);
  return beating(run, progress, work).finally(() => stop.abort());
}

class Interval {
  readonly #input: IntervalInput;
  readonly #signal: AbortSignal;
  readonly #startMs = Date.now();
  readonly #everyMs: number;
  readonly #sampler: IntervalSampler;
  readonly #comparing: Comparing | undefined;
  readonly #readiness: CanaryReadiness;
  readonly #client: CheckIntervalDeps['prometheus'];
  #values: { canary?: Record<string, QueryValue>; primary?: Record<string, QueryValue> } = {};

  constructor(deps: CheckIntervalDeps, input: IntervalInput, learned: Learned, signal: AbortSignal) {
    const { plan, stage, podHash, durationMs } = input;
    const { checks, compare, prometheus } = plan.analysis;
    this.#input = input;
    this.#signal = signal;
    this.#client = deps.prometheus;
    this.#everyMs = sampleEvery(durationMs);
    this.#comparing = comparingOf(input, learned, this.#startMs);
    this.#sampler = new IntervalSampler(deps.prometheus(prometheus), seriesTargetOf(plan), {
      stage,
      family: familyOf(plan.analysis.series),
      podHash,
      durations:
        checks.some(({ builtin }) => builtin === 'requestDuration') ||
        (this.#comparing !== undefined && Boolean(compare?.options.latency)),
      compare: this.#comparing !== undefined,
      anew: input.anew,
      graceMs: this.#everyMs,
    });
    this.#readiness = new CanaryReadiness(deps.client, plan, signal);
  }

  async check(untaken: string | undefined): Promise<IntervalResult> {
    const { intent, durationMs } = this.#input;
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

  drifted(sentence: string): IntervalResult {
    return { ...this.#result('noAnswer', sentence), drift: sentence };
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
    };
  }

  async #sample(): Promise<Sampled | 'lost'> {
    const lost = this.#readiness.lost.then(() => 'lost' as const);
    const endMs = this.#startMs + this.#input.durationMs;
    const sampled = sampleUntil(endMs, this.#everyMs, this.#sampler, this.#comparing, this.#signal);
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
    const { checks, prometheus } = plan.analysis;
    const arms = this.#comparing ? (['canary', 'primary'] as const) : (['canary'] as const);
    const ask = (arm: (typeof arms)[number]) => {
      const scope = { arm, podHash, intervalMs: Date.now() - this.#startMs };
      return askChecks(this.#client(prometheus), seriesTargetOf(plan), checks, scope, this.#signal);
    };
    const values = await Promise.all(arms.map(ask));
    this.#values = Object.fromEntries(arms.map((arm, i) => [arm, values[i] ?? {}]));
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

/** The first interval that compares learns what the primary is like; the others go on with it. */
async function learn(deps: CheckIntervalDeps, input: IntervalInput, signal: AbortSignal): Promise<Learned> {
  const { plan, compare } = input;
  const { checks, prometheus } = plan.analysis;
  if (!plan.analysis.compare || !compare || compare.judge) return {};
  const objective = checks.find((check) => check.builtin === 'requestDuration')?.maxMs;
  return learnFromPrimary(
    deps.prometheus(prometheus),
    { family: familyOf(plan.analysis.series), target: seriesTargetOf(plan), podHash: input.podHash },
    {
      canaryPods: plan.scale.canary.replicas,
      objective,
      durations: Boolean(plan.analysis.compare.options.latency),
      nowMs: Date.now(),
    },
    signal,
  );
}

function comparingOf(
  { plan, compare, stage, intent }: IntervalInput,
  learned: Learned,
  startMs: number,
): Comparing | undefined {
  const comparePlan = plan.analysis.compare;
  if (!comparePlan || !compare) return undefined;
  const weight = stage === 'live' ? intent?.canary : undefined;
  return {
    plan: comparePlan,
    looks: new Looks(comparePlan, { weight }, compare.judge, learned),
    earlyFromMs: compare.earlyAfterMs === undefined ? undefined : startMs + compare.earlyAfterMs,
  };
}

/**
 * Results count only at the traffic they are about: waits, bounded, for the route's own status where it has one.
 * @returns why the route is not known to be in force; undefined when it is, or when only the callers' series can tell
 */
async function untilTaken(client: KubeClient, plan: Plan, run: ActivityRun): Promise<string | undefined> {
  const taken = await settled(
    () => routesTaken(client, plan),
    { withinMs: TAKEN_MS, everyMs: RETRY_MS, signal: run.signal },
    (waiting) => run.heartbeat({ waiting }),
  );
  return 'sentence' in taken ? `the route is not in force: ${taken.sentence}` : undefined;
}

/** A sixth of the interval, between 1 s and 30 s: often enough for pods that come and go. */
function sampleEvery(durationMs: number): number {
  return Math.max(1_000, Math.min(30_000, durationMs / 6));
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
