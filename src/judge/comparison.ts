/** The comparison as a rollout uses it: one stage after another, looks within intervals, and what a look means for the stage. */
import type { ComparePlan } from '../contract/analysis.ts';
import type { ComparedTick, Comparison, IntervalComparison } from '../contract/verdict.ts';
import { LEARNED_AT_MOST } from './compare/presets.ts';
import { compactState, initial, type JudgeState, mayAdvance, startStage } from './compare/state.ts';
import { step } from './compare/step.ts';
import type { CompareOptions, JudgedStage, Tick, TickOutput } from './compare/types.ts';

/** What the primary was like before the rollout; absent: nothing was there to learn from. */
export interface Learned {
  /** Failures come in clusters of about this many. */
  overdispersion?: number;
  /** Least ratio of the abort line for errors, so that pods may differ as the primary's own do. */
  podRatio?: number;
  /** Histogram bounds at which health must be proven. */
  guards?: number[];
}

/** Between two looks at least, s. */
const STEP_S = 0.001;

/** Looks of one interval, beginning where the interval before left off. */
export class Looks {
  readonly #plan: ComparePlan;
  readonly #ticks: ComparedTick[] = [];
  #judge: JudgeState;
  #output: TickOutput | undefined;

  /** @param judge of the interval before; another stage than its own begins a new one */
  constructor(plan: ComparePlan, stage: JudgedStage, judge: JudgeState | undefined, learned: Learned = {}) {
    this.#plan = plan;
    if (!judge) this.#judge = initial(withLearned(plan.options, learned), stage);
    else this.#judge = judge.stage.weight === stage.weight ? judge : startStage(judge, stage);
  }

  /** The order of looks counts, not the clock of the worker that looked last. @throws RangeError on counts that cannot be */
  look(at: string, arms: Omit<Tick, 'tick'>): Comparison {
    const tick = Math.max(Date.parse(at) / 1000, (this.#judge.lastTick ?? 0) + STEP_S);
    const { state, output } = step(this.#judge, { tick, ...arms });
    this.#judge = state;
    this.#output = output;
    const counts = (arm: Tick['canary']) => arm && { requests: arm.requests, errors: arm.errors };
    this.#ticks.push({
      at,
      canary: counts(arms.canary) ?? null,
      primary: counts(arms.primary) ?? null,
      lnAbort: output.lnAbort,
      lnPass: output.lnPass,
    });
    return summary(output);
  }

  /** How it stands; undefined before the first look. */
  get standing(): Comparison | undefined {
    return this.#output && summary(this.#output);
  }

  /** To go on from in another slice. */
  get soFar(): JudgeState {
    return compactState(this.#judge);
  }

  /** Looks since the slice began. */
  get ticks(): readonly ComparedTick[] {
    return this.#ticks;
  }

  /** Undefined before the first look. */
  get result(): IntervalComparison | undefined {
    return (
      this.standing && {
        ...this.standing,
        ticks: this.#ticks,
        mayAdvance: mayAdvance(this.#judge, this.#plan.minRequests),
        judge: this.#judge,
      }
    );
  }
}

function summary(output: TickOutput): Comparison {
  const { verdict, reason, sentence, lnAbort, lnAbortAt, lnPassReached, lnPassAt, stage } = output;
  return { verdict, reason, sentence, lnAbort, lnAbortAt, lnPass: lnPassReached, lnPassAt, frozen: stage.frozen };
}

/**
 * What the plan says outranks what was learned. A bad half hour excuses little: what is learned is capped, and moves the line of
 * an abort but not that of a pass.
 */
function withLearned(options: CompareOptions, { overdispersion = 1, podRatio = 1, guards }: Learned): CompareOptions {
  const { errors, latency } = options;
  const clusters = Math.min(overdispersion, LEARNED_AT_MOST.overdispersion);
  const ratio = errors && errors.abort?.ratio !== undefined ? 1 : Math.min(podRatio, LEARNED_AT_MOST.podRatio);
  return {
    ...options,
    errors: errors !== false && { overdispersion: clusters, podRatio: ratio, ...errors },
    latency: latency && { ...(guards?.length && { guards }), ...latency },
  };
}

/** What the comparison means for a stage that could end by its intervals (`enough`), or not yet. */
export type StageVerdict = 'over' | 'goes-on' | 'inconclusive';

/**
 * Whether a stage is over: its intervals passed and it is proven healthy, or it is proven early; above the last compared
 * weight the intervals alone decide. Only asked after an interval that passed (order rule 6).
 * @param elapsedMs spent in checked intervals of this stage
 */
export function stageVerdict(
  plan: ComparePlan | undefined,
  comparison: Comparison | undefined,
  { enough, elapsedMs }: { enough: boolean; elapsedMs: number },
): StageVerdict {
  if (!plan || comparison?.frozen) return enough ? 'over' : 'goes-on';
  const early = plan.earlyMs !== undefined && elapsedMs >= plan.earlyMs;
  if (comparison?.verdict === 'pass') return enough || early ? 'over' : 'goes-on';
  return enough && elapsedMs >= plan.deadlineMs ? 'inconclusive' : 'goes-on';
}
