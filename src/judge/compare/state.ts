import { leansWorse } from './decide.ts';
import { logMeanExp } from './log-math.ts';
import { lnMetricAbort, type MetricState, restartMetric, startMetric } from './metric.ts';
import { LAST_COMPARED_WEIGHT } from './presets.ts';
import type { Series } from './process.ts';
import { type Rules, resolve } from './rules.ts';
import type { CompareOptions, JudgedStage } from './types.ts';

interface StageState extends JudgedStage {
  /** All of them, and those that every metric counted. */
  ticks: number;
  counted: number;
  deadline?: number;
}

/** Plain JSON with the rules in it, so that they stay what they were; opaque to callers. */
export interface JudgeState {
  version: 1;
  rules: Rules;
  stage: StageState;
  /** The warm-up begins there; absent: no request has reached the canary yet. */
  warmFrom?: number;
  /** The last tick at which the canary was heard of. */
  heard?: number;
  /** Ticks in a row without data. */
  missing: number;
  aborted: boolean;
  /** Largest ln E against the canary so far, at least 0. */
  lnLargest: number;
  lastTick?: number;
  /** In the order of the rules' metrics. */
  metrics: MetricState[];
}

/**
 * The state before the first tick.
 * @param stage where the rollout begins; default the mirror
 * @throws RangeError naming the option that is wrong and what would be right
 */
export function initial(options: CompareOptions = {}, stage: JudgedStage = {}): JudgeState {
  const rules = resolve(options);
  return {
    version: 1,
    rules,
    stage: startOf(rules, stage),
    missing: 0,
    aborted: false,
    lnLargest: 0,
    metrics: rules.metrics.map(startMetric),
  };
}

/** The next weight: proofs of health begin anew, evidence against the canary goes on; above 75 % both stand still. */
export function startStage(state: JudgeState, stage: JudgedStage): JudgeState {
  return { ...state, stage: startOf(state.rules, stage), missing: 0, metrics: state.metrics.map(restartMetric) };
}

/** Wealth that counts for nothing beside what a bet that begins later is given: e^-99. */
const NOTHING = -99;

/** The same in few bytes. Evidence is rounded down, to five digits: nothing is proven by handing it on. */
export function compactState(state: JudgeState): JudgeState {
  const abort = <S extends Series>(series: S): S => ({
    ...series,
    s: series.s.map((wealth) => Math.max(NOTHING, down(wealth))),
  });
  const metrics = state.metrics.map((metric) => ({
    ...metric,
    abort: metric.abort.map(abort),
    pass: metric.pass.map((series) => ({ ...series, s: series.s.map(down), best: down(series.best) })),
    ...(metric.primary && { primary: abort(metric.primary) }),
  }));
  return { ...state, lnLargest: down(state.lnLargest), metrics };
}

function down(value: number): number {
  const rounded = Number(value.toPrecision(5));
  return rounded <= value ? rounded : Number((value - Math.abs(value) * 1e-4).toPrecision(5));
}

/**
 * Whether an inconclusive stage may be left upwards: evidence not leaning against the canary (E at most 1), data at hand,
 * and at least so many canary requests counted in this stage.
 */
export function mayAdvance(state: JudgeState, minRequests: number): boolean {
  const requests = Math.min(...state.metrics.map(({ totals }) => totals?.canary.requests ?? 0));
  return (
    !state.aborted && state.missing === 0 && !leansWorse(lnTotal(state)) && requests > 0 && requests >= minRequests
  );
}

/** ln of the weighted mean of the metrics' e-values, itself an e-value. */
export function lnTotal({ rules, metrics }: Pick<JudgeState, 'rules' | 'metrics'>): number {
  return logMeanExp(
    metrics.map(lnMetricAbort),
    rules.metrics.map(({ weight }) => weight),
  );
}

export function isFrozen({ weight }: JudgedStage): boolean {
  return weight !== undefined && weight > LAST_COMPARED_WEIGHT;
}

function startOf(rules: Rules, { weight }: JudgedStage): StageState {
  if (weight !== undefined && !(weight >= 0 && weight <= 100))
    throw new RangeError(`stage weight is ${weight}: percent from 0 to 100 wanted`);
  return { weight, ticks: 0, counted: 0, deadline: rules.deadlineTicks };
}
