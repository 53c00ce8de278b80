/** The comparison of an interval: what it begins with, and whether it may end the interval early. */
import type { IntervalInput } from '../../contract/activities.ts';
import type { ComparePlan } from '../../contract/analysis.ts';
import type { JudgeState } from '../../judge/compare/state.ts';
import { type Learned, Looks } from '../../judge/comparison.ts';
import { learnFromPrimary } from '../../metrics/primary-history.ts';
import type { OpenMetrics } from '../../metrics/prometheus.ts';
import { familyOf } from '../../metrics/request-queries.ts';
import { seriesTargetOf } from './series-target.ts';

export interface Comparing {
  looks: Looks;
  /** Of what the pods count themselves. Absent: no user is exposed, or the plan does not want them. */
  podLooks?: Looks;
  plan: ComparePlan;
  /** Worker's clock: from then on a proof of health may end the interval. Absent: it may not. */
  earlyFromMs?: number;
}

/** The first interval that compares learns what the primary is like; the others go on with it. */
export async function learn(prometheus: OpenMetrics, input: IntervalInput, signal: AbortSignal): Promise<Learned> {
  const { plan, compare } = input;
  const { checks } = plan.analysis;
  if (!plan.analysis.compare || !compare || compare.judge) return {};
  const objective = checks.find((check) => check.builtin === 'requestDuration')?.maxMs;
  const client = prometheus(plan.analysis);
  return learnFromPrimary(
    client,
    { family: familyOf(plan.analysis.series, client.labelNames), target: seriesTargetOf(plan), podHash: input.podHash },
    {
      canaryPods: plan.scale.canary.replicas,
      objective,
      durations: Boolean(plan.analysis.compare.options.latency),
    },
    signal,
  );
}

export function comparingOf(
  { plan, compare, stage, intent, soFar }: IntervalInput,
  learned: Learned,
  startMs: number,
): Comparing | undefined {
  const { compare: comparePlan, pods } = plan.analysis;
  if (!comparePlan || !compare) return undefined;
  const weight = stage === 'live' ? intent?.canary : undefined;
  const looks = (judge: JudgeState | undefined) => new Looks(comparePlan, { weight }, judge, learned);
  return {
    plan: comparePlan,
    looks: looks(soFar?.judge ?? compare.judge),
    ...(pods && weight && { podLooks: looks(soFar?.podJudge ?? compare.pods) }),
    earlyFromMs: compare.earlyAfterMs === undefined ? undefined : startMs + compare.earlyAfterMs,
  };
}
