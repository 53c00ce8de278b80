import type { Observation, ObserveInput } from '../contract/activities.ts';
import { LONGEST_OBSERVE_MS } from '../contract/time-limits.ts';
import type { OpenMetrics } from '../metrics/prometheus.ts';
import { SourceWatch } from '../metrics/source-watch.ts';
import type { ActivityRun } from './support/activity.ts';
import { seriesTargetOf } from './support/series-target.ts';
import { sleep } from './support/sleep.ts';

export interface ObserveAwayDeps {
  prometheus: OpenMetrics;
  /** ms; default 60 000. */
  limitMs?: number;
  /** Where scrapes come, but seldom, ms. Default 275 000. */
  longestMs?: number;
  /** ms between two questions; default 1000. */
  everyMs?: number;
}

/** Waits until the callers' proxies are seen to send nothing to the canary (order rule 1). */
export async function observeAway(
  deps: ObserveAwayDeps,
  { plan, named = false }: ObserveInput,
  run: ActivityRun,
): Promise<Observation> {
  const { limitMs = 60_000, longestMs = LONGEST_OBSERVE_MS, everyMs = 1_000 } = deps;
  const { canary } = plan.workload;
  const watch = new SourceWatch(deps.prometheus(plan.analysis), seriesTargetOf(plan));
  const startMs = Date.now();
  for (;;) {
    const state = await watch.ask(run.signal);
    run.heartbeat({ state, problem: watch.problem });
    if (state === 'away') return { kind: 'away', sentence: await awaySentence(canary, watch, run.signal) };
    const limit = state === 'unsure' && watch.problem === undefined ? longestMs : limitMs;
    if (Date.now() + everyMs > startMs + limit) {
      if (named && state === 'sending') return { kind: 'away', sentence: byNamedWays(canary) };
      return undecided(state, canary, watch.problem, limit);
    }
    await sleep(everyMs, run.signal);
  }
}

async function awaySentence(canary: string, watch: SourceWatch, signal: AbortSignal): Promise<string> {
  const strays = await watch.strays(signal);
  const sentence = `the callers' proxies sent nothing to ${canary} over two scrapes`;
  return strays > 0 ? `${sentence}; ${strays} requests reached it from callers that report nothing` : sentence;
}

function byNamedWays(canary: string): string {
  return `the plan's routes send nothing to ${canary}; requests that go on come by ways of others that the preflight has named`;
}

function undecided(
  state: 'sending' | 'unsure',
  canary: string,
  problem: string | undefined,
  limitMs: number,
): Observation {
  const limit = `${Math.round(limitMs / 1000)} s`;
  if (state === 'sending') {
    return { kind: 'stillRouted', sentence: `after ${limit} the callers' proxies still send requests to ${canary}` };
  }
  const reason = problem ?? 'there were not two scrapes of them';
  return {
    kind: 'notObserved',
    sentence: `what the callers send to ${canary} was not observed within ${limit}: ${reason}`,
  };
}
