/** What a rollout remembers of the comparison between its intervals. Pure. */
import type { IntervalInput } from '../../contract/activities.ts';
import type { ComparePlan } from '../../contract/analysis.ts';
import type { ComparedTick, IntervalResult } from '../../contract/verdict.ts';
import type { ComparisonPoint, RolloutView } from '../../contract/view.ts';
import type { JudgeState } from '../../judge/compare/state.ts';

/** The comparison between two intervals, and the time that its stage has taken. */
export interface ComparedStage {
  judge: JudgeState;
  /** Of what the pods count themselves. */
  pods?: JudgeState;
  stage: string;
  elapsedMs: number;
  extensions: number;
}

/** What a rollout's state holds of it. */
interface Compared {
  view: RolloutView;
  comparing?: ComparedStage;
}

/** Looks kept for the chart; older ones are in the workflow history. */
const KEPT_POINTS = 120;

/** What the next interval of `stage` goes on from. @param mayEndEarly an interval of the guard may not */
export function compareInput(
  state: Compared,
  plan: ComparePlan | undefined,
  stage: string,
  mayEndEarly: boolean,
): IntervalInput['compare'] {
  if (!plan) return undefined;
  const early = mayEndEarly && plan.earlyMs !== undefined;
  const earlyAfterMs = early ? Math.max(0, (plan.earlyMs ?? 0) - elapsedIn(state, stage)) : undefined;
  const { judge, pods } = state.comparing ?? {};
  return { judge, ...(pods && { pods }), ...(earlyAfterMs !== undefined && { earlyAfterMs }) };
}

/** Time spent in intervals of this stage that have a verdict, ms. */
export function elapsedIn({ comparing }: Compared, stage: string): number {
  return comparing?.stage === stage ? comparing.elapsedMs : 0;
}

export function countComparison(state: Compared, stage: string, { comparison, from, to }: IntervalResult): void {
  if (!comparison) return;
  const { judge, pods, ticks, mayAdvance: _mayAdvance, ...standing } = comparison;
  const { view, comparing } = state;
  const same = comparing?.stage === stage;
  state.comparing = {
    judge,
    ...(pods && { pods }),
    stage,
    elapsedMs: (same ? comparing.elapsedMs : 0) + Date.parse(to) - Date.parse(from),
    extensions: same ? comparing.extensions : 0,
  };
  view.comparison = { ...standing, points: view.comparison?.points ?? [] };
  noteLooks(state, stage, ticks);
}

/** Looks of an interval, for the chart. */
export function noteLooks({ view: { comparison } }: Compared, stage: string, ticks: readonly ComparedTick[]): void {
  if (!comparison) return;
  const points = [...comparison.points, ...ticks.map((tick) => pointOf(stage, tick))];
  comparison.points = points.slice(-KEPT_POINTS);
}

/** A stage's time begins anew. */
export function extendComparison(state: Compared): void {
  if (!state.comparing) return;
  state.comparing.elapsedMs = 0;
  state.comparing.extensions += 1;
}

function pointOf(stage: string, { at, lnAbort, lnPass, canary, primary }: ComparedTick): ComparisonPoint {
  return { at, stage, lnAbort, lnPass, canary: rate(canary), primary: rate(primary) };
}

function rate(counts: ComparedTick['canary']): number | undefined {
  return counts && counts.requests > 0 ? counts.errors / counts.requests : undefined;
}
