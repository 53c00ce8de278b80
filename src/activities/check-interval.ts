import type { KubeClient } from '../cluster/client.ts';
import { judgeInterval, mergeProgress, notRouted } from '../judge/index.ts';
import { IntervalSampler, type PrometheusClient } from '../metrics/index.ts';
import type { IntervalInput, WaitActivities } from '../rollout/activities.ts';
import type { Plan } from '../rollout/plan.ts';
import type { IntervalProgress, IntervalResult, IntervalVerdict } from '../rollout/verdict.ts';
import { routesTaken } from '../routers/index.ts';
import { CanaryReadiness } from './canary-readiness.ts';
import { pause } from './pause.ts';
import { activity, type Run } from './run.ts';
import { seriesTargetOf } from './series-target.ts';

export interface CheckIntervalDeps {
  client: KubeClient;
  prometheus: (baseUrl: string) => PrometheusClient;
}

const BEAT_MS = 1_000;
/** Between two tries of a first sample, and between two looks for the last scrape, ms. */
const RETRY_MS = 500;
/** Longest wait for the status of a route before an interval begins, ms; it fits into the activity with the interval itself. */
const TAKEN_WITHIN_MS = 20_000;

/**
 * One check interval. It waits inside, collects the canary's counters, and ends early only when no canary pod is ready.
 *
 * Scrape lag: the baseline is the newest scrape at the start, and the interval ends with the first scrape at or after its
 * end, for which it waits up to two scrapes longer than `durationMs`. So intervals that follow one another leave no gap, and a failure
 * just before the end counts. A retry of the activity starts over with fresh data.
 */
export async function checkInterval(deps: CheckIntervalDeps, input: IntervalInput, run: Run): Promise<IntervalResult> {
  const { plan, stage, durationMs, podHash, intent } = input;
  const { checks } = plan.analysis;
  const untaken = await untilTaken(deps.client, plan, run);
  const startMs = Date.now();
  const tickMs = tickOf(durationMs);
  const sampler = new IntervalSampler(deps.prometheus(plan.analysis.prometheus), seriesTargetOf(plan), {
    stage,
    podHash,
    durations: checks.some((check) => check.builtin === 'requestDuration'),
    graceMs: tickMs,
  });
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const readiness = new CanaryReadiness(deps.client, plan, signal);
  const progress = (): IntervalProgress =>
    mergeProgress(
      {
        elapsedMs: Math.min(Date.now() - startMs, durationMs),
        durationMs,
        canaryReady: readiness.ready,
        observedWeight: sampler.observedWeight,
      },
      checks,
      sampler.window(),
    );
  const beat = setInterval(() => run.heartbeat(progress()), BEAT_MS);
  const finish = (verdict: IntervalVerdict, sentence: string): IntervalResult => {
    const { elapsedMs: _elapsed, durationMs: _duration, ...figures } = progress();
    return { ...figures, bypassed: sampler.bypassed, verdict, from: iso(startMs), to: iso(Date.now()), sentence };
  };
  try {
    const lost = readiness.lost.then(() => true);
    const sampled = collect(sampler, { endMs: startMs + durationMs, tickMs }, signal).then(() => false);
    // The one that is still running is stopped below and rejects with nobody listening.
    sampled.catch(() => {});
    const ended = await Promise.race([lost, sampled]);
    if (ended || (await readiness.confirm(signal)) === 0) {
      return finish('canaryLost', `no pod of ${plan.workload.canary} is ready any more`);
    }
    const judgement = judgeInterval(checks, sampler.window());
    const unseen = untaken ?? (intent && notRouted(intent, sampler.sent));
    if (unseen && judgement.verdict !== 'fail') return finish('noAnswer', unseen);
    return finish(judgement.verdict, judgement.sentence);
  } finally {
    clearInterval(beat);
    stop.abort();
  }
}

/**
 * Results count only at the traffic they are about: waits, bounded, for the route's own status where it has one.
 * @returns why the route is not known to be in force; undefined when it is, or when only the callers' series can tell
 */
async function untilTaken(client: KubeClient, plan: Plan, run: Run): Promise<string | undefined> {
  const endMs = Date.now() + TAKEN_WITHIN_MS;
  for (;;) {
    const taken = await routesTaken(client, plan, run.signal);
    if (taken.kind === 'taken' || taken.kind === 'unknown') return undefined;
    if (taken.kind === 'refused' || Date.now() > endMs) return `the route is not in force: ${taken.sentence}`;
    run.heartbeat({ waiting: taken.sentence });
    await pause(RETRY_MS, run.signal);
  }
}

/** Samples until the end and then for the scrape that covers it. */
async function collect(
  sampler: IntervalSampler,
  { endMs, tickMs }: { endMs: number; tickMs: number },
  signal: AbortSignal,
): Promise<void> {
  await sampler.sample(signal);
  while (Date.now() < endMs) {
    const wait = sampler.begun ? tickMs : RETRY_MS;
    await pause(Math.min(wait, endMs - Date.now()), signal);
    await sampler.sample(signal);
  }
  while (!sampler.covers(endMs) && Date.now() < endMs + sampler.lagLimitMs) {
    await pause(RETRY_MS, signal);
    await sampler.sample(signal);
  }
}

/** A sixth of the interval, between 1 s and 10 s: often enough for pods that come and go. */
function tickOf(durationMs: number): number {
  return Math.max(1_000, Math.min(10_000, durationMs / 6));
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function createCheckInterval(deps: CheckIntervalDeps): WaitActivities['checkInterval'] {
  return activity((input, run) => checkInterval(deps, input, run));
}
