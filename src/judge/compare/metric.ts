import { logE, type PairCounts } from './e-value.ts';
import { boundFrom, commonBounds, guardBounds, shared } from './histogram.ts';
import { logMeanExp } from './log-math.ts';
import {
  ABORT_GRID,
  advanceAbort,
  advancePass,
  lnAbort,
  lnPass,
  PASS_GRID,
  type Series,
  UNTOUCHED,
  wealthFor,
} from './process.ts';
import { type MetricRules, type Rules, warmUpLine } from './rules.ts';
import { addSamples, empty, read, type TickSample } from './sample.ts';
import type { Line, Tick } from './types.ts';

/** Proof of health at one bound (`le` absent: of the error rate). `best` is its largest ln E in this stage. */
interface PassSeries extends Series {
  le?: number;
  best: number;
}

/** One metric: a series for the error rate, one for each bound of a histogram. */
export interface MetricState {
  /** Latency: the bounds, once known: those that both arms have in the first tick with both histograms, thinned evenly beyond 26. */
  bounds?: number[];
  /** Requests of ticks that could not be counted, for the next one. */
  carry?: TickSample;
  abort: Series[];
  pass: PassSeries[];
  /** Guards: the same limit held against the primary. */
  primary?: Series;
  /** Counted in this stage, without its warm-up once that is over. */
  totals?: TickSample;
  /** The totals are those of the warm-up. */
  cold?: boolean;
}

/** How a tick counts. */
interface Manner {
  warmUp: boolean;
  /** Part of a whole look. */
  span: number;
}

export interface MetricStep {
  state: MetricState;
  /** In words, why the tick could not be counted. */
  without?: string;
  /** Guards: the primary was above the limit in this tick, and it is proven to be. */
  primary?: { above: boolean; proven: boolean };
}

export function startMetric(rules: MetricRules): MetricState {
  const isGuard = rules.pass === undefined;
  const isErrors = rules.name === 'errors' || rules.name === 'errors-guard';
  return {
    abort: isErrors ? [begun(rules)] : [],
    pass: isGuard ? [] : isErrors ? [untouched()] : (rules.guards ?? []).map(untouched),
    primary: isGuard ? UNTOUCHED : undefined,
  };
}

/** Proofs of health and totals begin anew; what was carried belongs to the stage before. */
export function restartMetric(state: MetricState): MetricState {
  return { ...state, carry: undefined, totals: undefined, pass: state.pass.map(({ le }) => untouched(le)) };
}

/** ln E of the metric: the mean over its bounds, so an e-process against "worse at no bound". */
export function lnMetricAbort(state: MetricState): number {
  return state.abort.length === 0 ? 0 : logMeanExp(state.abort.map(lnAbort));
}

export function stepMetric(
  all: Rules,
  rules: MetricRules,
  before: MetricState,
  tick: Tick,
  { warmUp, span }: Manner,
): MetricStep {
  const state = learnBounds(rules, before, tick);
  const reading = read(rules, { bounds: state.bounds, guards: state.pass.flatMap(({ le }) => le ?? []) }, tick);
  if (!reading.sample) return { state, without: reading.without };
  const sample = warmUp ? reading.sample : addSamples(state.carry, reading.sample);
  const without = reading.without ?? empty(rules, sample);
  // What is carried out of the warm-up would be held against the stricter line.
  if (without) return { state: { ...state, carry: warmUp ? undefined : sample }, without };
  const next: MetricState = {
    ...state,
    carry: undefined,
    abort: state.abort.map((series, i) => stepAbort(all, rules, series, pair(sample, i), { warmUp, span })),
    totals: addSamples(state.cold === warmUp ? state.totals : undefined, sample),
    cold: warmUp,
  };
  if (warmUp) return { state: learnGuards(rules, next, tick) };
  next.pass = state.pass.map((series) => stepPass(all, rules, series, pair(sample, indexOf(state, series)), span));
  if (rules.pass) return { state: learnGuards(rules, next, tick) };
  return stepPrimary(all, rules, next, sample);
}

function stepAbort(
  all: Rules,
  rules: MetricRules,
  series: Series,
  counts: PairCounts | undefined,
  { warmUp, span }: Manner,
): Series {
  if (!counts) return series;
  // An e-value clipped from above stays one; the clip makes a single odd look too little for an abort.
  // In a warm-up the line itself bears arms that are read apart, so looks that few requests reach need not fill the clip.
  const room = warmUp ? 4 : 2;
  const cap = (span * Math.log(room / (all.alpha * rules.weight * wealthFor(series, warmUp)))) / all.abortTicks;
  const line = warmUp ? warmUpLine(rules) : rules.abort;
  return advanceAbort(series, gains(ABORT_GRID, line, rules.overdispersion, cap, counts), warmUp);
}

function stepPass(
  all: Rules,
  rules: MetricRules,
  series: PassSeries,
  counts: PairCounts | undefined,
  span: number,
): PassSeries {
  if (!counts || !rules.pass) return series;
  const cap = (span * Math.log(2 / all.beta)) / all.passTicks;
  const next = advancePass(series, gains(PASS_GRID, rules.pass, rules.overdispersion, cap, counts));
  const reached = lnPass(next);
  return { ...next, le: series.le, best: series.k === 0 ? reached : Math.max(series.best, reached) };
}

/** e^(1/phi) is an e-value for failures in clusters of phi (Jensen's inequality). */
function gains(grid: readonly number[], line: Line, phi: number, cap: number, counts: PairCounts): number[] {
  return grid.map((kappa) => Math.min(logE(kappa, line, counts) / phi, cap));
}

function stepPrimary(all: Rules, rules: MetricRules, state: MetricState, { primary }: TickSample): MetricStep {
  const bad = primary.bad[0];
  if (primary.requests === 0 || bad === null || bad === undefined) return { state };
  const counts = { nc: primary.requests, xc: bad, np: 0, xp: 0 };
  const series = stepAbort(all, rules, state.primary ?? UNTOUCHED, counts, { warmUp: false, span: 1 });
  const above = bad > rules.abort.margin * primary.requests;
  return {
    state: { ...state, primary: series },
    primary: { above, proven: above && lnAbort(series) >= -Math.log(all.alpha) },
  };
}

/** What a plan or the past names is a bound of these histograms only by luck: the first one from there on stands for it. */
function learnBounds(rules: MetricRules, state: MetricState, { canary, primary }: Tick): MetricState {
  if (state.bounds || !canary?.histogram) return state;
  if (rules.limit !== undefined) {
    const le = boundFrom(shared(canary.histogram, primary?.histogram), rules.limit);
    return le === undefined ? state : { ...state, bounds: [le], abort: [begun(rules)] };
  }
  if (rules.name !== 'latency' || !primary?.histogram) return state;
  const common = shared(canary.histogram, primary.histogram);
  const guards = [...new Set(rules.guards?.map((le) => boundFrom(common, le) ?? common.at(-1)))];
  const bounds = commonBounds(common, guards);
  if (bounds.length === 0) return state;
  return { ...state, bounds, abort: bounds.map(() => begun(rules)), pass: guards.map(untouched) };
}

/** Takes effect with the next tick, so that no bound is chosen from the counts it is judged by. */
function learnGuards(rules: MetricRules, state: MetricState, { primary }: Tick): MetricState {
  if (rules.name !== 'latency' || state.pass.length > 0 || !state.bounds || !primary?.histogram) return state;
  const { le, counts } = primary.histogram;
  const known = le.flatMap((bound, i) => (state.bounds?.includes(bound) ? [i] : []));
  const histogram = {
    le: known.map((i) => le[i] ?? 0),
    counts: [...known, counts.length - 1].map((i) => counts[i] ?? 0),
  };
  return { ...state, pass: guardBounds(histogram).map(untouched) };
}

function pair({ canary, primary }: TickSample, i: number): PairCounts | undefined {
  const xc = canary.bad[i] ?? null;
  const xp = primary.bad[i] ?? null;
  return xc === null || xp === null ? undefined : { nc: canary.requests, xc, np: primary.requests, xp };
}

function indexOf({ bounds }: MetricState, { le }: PassSeries): number {
  return le === undefined ? 0 : (bounds ?? []).indexOf(le);
}

function begun({ warmup }: MetricRules): Series {
  return warmup > 0 ? { ...UNTOUCHED, w: 0 } : UNTOUCHED;
}

function untouched(le?: number): PassSeries {
  return { ...UNTOUCHED, le, best: 0 };
}
