import type { SlowCounts } from './histogram.ts';
import { lnMetricAbort, type MetricState } from './metric.ts';
import { lnAbort, lnPass } from './process.ts';
import { type MetricRules, warmUpLine } from './rules.ts';
import type { Line, MetricOutput, StageTotals } from './types.ts';

/** What is shown of one metric; a list so that a metric without state shows nothing. */
export function metricOutput(rules: MetricRules, state: MetricState | undefined): MetricOutput[] {
  if (!state) return [];
  const worst = worstSeries(state);
  const canary = totals(state.totals?.canary, worst);
  const primary = totals(state.totals?.primary, worst);
  const rate = primary.requests > 0 ? primary.bad / primary.requests : undefined;
  const line = state.cold ? warmUpLine(rules) : rules.abort;
  const tolerated = line.ratio === 0 ? line.margin : tolerate(line, rate);
  const output: MetricOutput = {
    metric: rules.name,
    weight: rules.weight,
    lnAbort: lnMetricAbort(state),
    canary,
    primary,
    le: state.bounds?.[worst],
    unit: rules.unit,
    tolerated,
    notes: notes(rules, state),
  };
  if (!rules.pass) return [output];
  // Without a proof that has begun there is none: 0 is E = 1.
  const now = state.pass.length === 0 ? 0 : Math.min(...state.pass.map(lnPass));
  const reached = state.pass.length === 0 ? 0 : Math.min(...state.pass.map(({ best }) => best));
  return [{ ...output, lnPass: now, lnPassReached: reached }];
}

function tolerate({ ratio, margin }: Line, rate: number | undefined): number | undefined {
  return rate === undefined ? undefined : Math.min(1, ratio * rate + margin);
}

function notes(
  { podRatio, overdispersion, limit, unit = '' }: MetricRules,
  { bounds: [le] = [] }: MetricState,
): string[] {
  const list: string[] = [];
  if (podRatio) list.push(`${round(podRatio)} times the primary's as its own pods differ`);
  if (round(overdispersion) !== '1')
    list.push(`failures come in clusters of ${round(overdispersion)} so each counts for less`);
  if (limit !== undefined && le !== undefined && le !== limit) {
    list.push(`the first bound from ${[limit, unit].join(' ').trimEnd()} on`);
  }
  return list;
}

function round(value: number): string {
  return String(Number(value.toPrecision(2)));
}

function worstSeries({ abort }: MetricState): number {
  let worst = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (const [i, series] of abort.entries()) {
    const ln = lnAbort(series);
    if (ln > most) {
      most = ln;
      worst = i;
    }
  }
  return worst;
}

function totals(counts: SlowCounts | undefined, i: number): StageTotals {
  return { requests: counts?.requests ?? 0, bad: counts?.bad[i] ?? 0 };
}
