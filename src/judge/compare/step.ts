/**
 * Comparison of a canary with its primary by e-processes: evidence that may be looked at after every tick. Pure functions
 * on plain JSON data; no clock, no randomness, nothing of Node. Where the counts come from and what is done about a
 * verdict is not known here.
 */
import { checkTick } from './check-tick.ts';
import { decide } from './decide.ts';
import { type MetricState, type MetricStep, stepMetric } from './metric.ts';
import { metricOutput } from './output.ts';
import { sentence } from './sentence.ts';
import { isFrozen, type JudgeState, lnTotal } from './state.ts';
import type { MetricOutput, Tick, TickOutput } from './types.ts';

/**
 * One look at both arms. By Ville's inequality an abort of a canary within tolerance has a chance of at most alpha over
 * the whole rollout, however often one looks; a pass of one out of tolerance at most beta per stage.
 * @returns the state to go on with (the given one is not changed) and what is known now
 * @throws RangeError on counts that cannot be, naming tick, arm and what would be right
 */
export function step(state: JudgeState, tick: Tick): { state: JudgeState; output: TickOutput } {
  if (state.version !== 1) throw new RangeError(`judge state has version ${state.version}: 1 wanted`);
  checkTick(tick, state.lastTick);
  const frozen = isFrozen(state.stage);
  const requests = tick.canary?.requests ?? 0;
  // Counts reach back to when the canary was last heard of: where they begin in a warm-up they belong to it.
  const begin = state.heard ?? tick.tick - 1;
  const warmFrom = state.warmFrom ?? (requests > 0 ? begin : undefined);
  const warm = state.rules.metrics.map(({ warmup }) => requests > 0 && begin < (warmFrom ?? begin) + warmup);
  const steps = state.metrics.map((metric, i) => stepOne(state, i, metric, tick, { frozen, warmUp: warm[i] }));
  const warmUp = warm.some((one, i) => one && steps[i]);
  const without = steps.find((one) => one?.without)?.without;
  const counted = !warmUp && !without && steps.some((one) => one !== undefined);
  const { rules, stage } = state;
  const metrics = state.metrics.map((metric, i) => steps[i]?.state ?? metric);
  const lnAbort = lnTotal({ rules, metrics });
  const outputs = rules.metrics.flatMap((one, i) => metricOutput(one, metrics[i]));
  const next: JudgeState = {
    ...state,
    stage: { ...stage, ticks: stage.ticks + 1, counted: stage.counted + (counted ? 1 : 0) },
    warmFrom,
    heard: tick.canary ? tick.tick : state.heard,
    missing: without ? state.missing + 1 : 0,
    aborted: state.aborted || (lnAbort >= -Math.log(rules.alpha) && enoughBad(outputs, rules.minBad)),
    lnLargest: Math.max(state.lnLargest, lnAbort),
    lastTick: tick.tick,
    metrics,
  };
  return { state: next, output: report(next, tick, outputs, { lnAbort, frozen, warmUp, counted, without, steps }) };
}

interface Look {
  lnAbort: number;
  frozen: boolean;
  warmUp: boolean;
  counted: boolean;
  without: string | undefined;
  steps: (MetricStep | undefined)[];
}

function report(state: JudgeState, { tick }: Tick, metrics: MetricOutput[], look: Look): TickOutput {
  const { rules, stage } = state;
  const lnPassAt = -Math.log(rules.beta);
  const proofs = metrics.filter((metric) => metric.lnPass !== undefined);
  const lnPassReached = least(proofs.map((metric) => metric.lnPassReached ?? 0));
  const decision = decide({
    ...look,
    aborted: state.aborted,
    missing: state.missing,
    missingTicks: rules.missingTicks,
    primaryAbove: look.steps.some((one) => one?.primary?.above),
    primaryProven: look.steps.some((one) => one?.primary?.proven),
    proven: proofs.length > 0 && lnPassReached >= lnPassAt,
    oldEnough: stage.counted >= rules.minTicks && stage.ticks >= rules.minBakeTicks,
    overdue: stage.deadline !== undefined && stage.ticks >= stage.deadline,
  });
  const output = {
    tick,
    ...decision,
    lnAbort: look.lnAbort,
    lnAbortAt: -Math.log(rules.alpha),
    lnPass: least(proofs.map((metric) => metric.lnPass ?? 0)),
    lnPassReached,
    lnPassAt,
    pValue: Math.exp(-state.lnLargest),
    counted: look.counted,
    stage: { weight: stage.weight, ticks: stage.ticks, counted: stage.counted, frozen: look.frozen },
    metrics,
  };
  return { ...output, sentence: sentence(output, look.without) };
}

/** Above the last compared weight only guards go on: they need no primary. */
function stepOne(
  { rules }: JudgeState,
  i: number,
  metric: MetricState,
  tick: Tick,
  { frozen, warmUp = false }: { frozen: boolean; warmUp: boolean | undefined },
): MetricStep | undefined {
  const own = rules.metrics[i];
  const manner = { warmUp, span: tick.span ?? 1 };
  return own && !(frozen && own.pass) ? stepMetric(rules, own, metric, tick, manner) : undefined;
}

function enoughBad(metrics: readonly MetricOutput[], minBad: number): boolean {
  const leading = metrics.toSorted((a, b) => share(b) - share(a))[0];
  return (leading?.canary.bad ?? 0) >= minBad;
}

function share({ weight, lnAbort }: MetricOutput): number {
  return Math.log(weight) + lnAbort;
}

function least(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.min(...values);
}
