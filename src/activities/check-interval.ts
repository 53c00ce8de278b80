import type { IntervalInput } from '../contract/activities.ts';
import type { TargetPlan } from '../contract/plan-parts.ts';
import type { IntervalSoFar } from '../contract/slice.ts';
import { TAKEN_MS } from '../contract/time-limits.ts';
import type { IntervalResult, IntervalSlice } from '../contract/verdict.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { routesTaken, settled } from '../routers/index.ts';
import { type ActivityRun, beating } from './support/activity.ts';
import { learn } from './support/comparing.ts';
import { Interval, type IntervalDeps, UNWATCHED } from './support/interval.ts';
import { type OwnRequestsDeps, sendOwnRequests } from './support/own-requests.ts';
import { RETRY_MS } from './support/sampling.ts';
import { handsOn, inSlice, soFarOf } from './support/slice.ts';

export interface CheckIntervalDeps extends IntervalDeps, OwnRequestsDeps {
  /** Longest slice, ms. Default five minutes. */
  sliceMs?: number;
}

/** Beside two scrapes and the time in which a dead worker is noticed an interval may be unwatched for so long, ms. */
const UNWATCHED_MS = 5_000;

/**
 * A slice of one check interval: to its verdict, or for five minutes. It waits inside, collects the counters of the canary (and of the
 * primary, when the plan compares), and ends early when no canary pod is ready, when the canary is proven worse, or when its stage is
 * proven healthy early. What a slice hands on, by its result or by its last heartbeat, the next one goes on from; an interval that nobody
 * has watched for too long in between starts over.
 */
export async function checkInterval(
  deps: CheckIntervalDeps,
  whole: IntervalInput,
  run: ActivityRun,
): Promise<IntervalSlice> {
  const input = { ...whole, plan: withChecksAt(whole) };
  const given = soFarOf(run.reported, input.soFar);
  const limitMs = UNWATCHED_MS + (run.heartbeatTimeoutMs ?? 0);
  let interval: Interval | undefined;
  let own: () => number | undefined = () => undefined;
  const begin = async (soFar: IntervalSoFar | undefined, signal: AbortSignal) => {
    own = sendOwnRequests({ ...input, soFar }, deps, signal);
    const untaken = soFar ? soFar.untaken : await untilTaken(deps.client, input.plan, run, signal);
    const learned = soFar?.judge ? {} : await learn(deps.prometheus, input, signal);
    interval = new Interval(deps, { ...input, soFar }, { learned, untaken, limitMs }, signal);
    return interval.check();
  };
  const soFar = () => (interval ? interval.soFar && { ...interval.soFar, own: own() } : given);
  const slice = async (signal: AbortSignal): Promise<IntervalSlice> => {
    try {
      const result = await ending(signal, (part) => begin(given, part)).catch((error: unknown) => {
        if (error !== UNWATCHED) throw error;
        return ending(signal, (part) => begin(undefined, part));
      });
      return withOwn(result, own());
    } catch (error) {
      if (!handsOn(signal)) throw error;
      return { soFar: soFar(), ticks: interval?.ticks ?? [] };
    }
  };
  const progress = () =>
    interval ? { ...interval.progress(), own: own(), soFar: soFar() } : { waiting: 'the interval begins' };
  return inSlice(run.signal, (signal) => beating(run, progress, () => slice(signal)), deps.sliceMs);
}

function withOwn(result: IntervalResult, own: number | undefined): IntervalResult {
  if (own === undefined) return result;
  return { ...result, own, sentence: `${result.sentence}; ${own} requests were sent by load.during` };
}

/** What `work` has begun ends with it. */
function ending<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  return work(AbortSignal.any([signal, stop.signal])).finally(() => stop.abort());
}

/**
 * Results count only at the traffic they are about: waits, bounded, for the route's own status where it has one.
 * @returns why the route is not known to be in force; undefined when it is, or when only the callers' series can tell
 */
async function untilTaken(
  client: KubeClient,
  plan: TargetPlan,
  run: ActivityRun,
  signal: AbortSignal,
): Promise<string | undefined> {
  const taken = await settled(
    () => routesTaken(client, plan),
    { withinMs: TAKEN_MS, everyMs: RETRY_MS, signal },
    (waiting) => run.heartbeat({ waiting }),
  );
  return 'sentence' in taken ? `the route is not in force: ${taken.sentence}` : undefined;
}

/** Without the checks that count at another weight alone. */
function withChecksAt({ plan, intent }: IntervalInput): IntervalInput['plan'] {
  const checks = plan.analysis.checks.filter(({ at }) => at === undefined || at === intent?.canary);
  return { ...plan, analysis: { ...plan.analysis, checks } };
}
