import type { SlowCounts } from './histogram.ts';
import { lnMetricAbort, type MetricState } from './metric.ts';
import { lnAbort, lnPass } from './process.ts';
import type { MetricRules } from './rules.ts';
import type { MetricOutput, StageTotals } from './types.ts';

/** What is shown of one metric; a list so that a metric without state shows nothing. */
export function metricOutput(rules: MetricRules, state: MetricState | undefined): MetricOutput[] {
  if (!state) return [];
  const worst = worstSeries(state);
  const canary = totals(state.totals?.canary, worst);
  const primary = totals(state.totals?.primary, worst);
  const rate = primary.requests > 0 ? primary.bad / primary.requests : undefined;
  const tolerated = rules.abort.ratio === 0 ? rules.abort.margin : tolerate(rules, rate);
  const output: MetricOutput = {
    metric: rules.name,
    weight: rules.weight,
    lnAbort: lnMetricAbort(state),
    canary,
    primary,
    le: state.bounds?.[worst],
    unit: rules.unit,
    tolerated,
  };
  if (!rules.pass) return [output];
  // Without a proof that has begun there is none: 0 is E = 1.
  const now = state.pass.length === 0 ? 0 : Math.min(...state.pass.map(lnPass));
  const reached = state.pass.length === 0 ? 0 : Math.min(...state.pass.map(({ best }) => best));
  return [{ ...output, lnPass: now, lnPassReached: reached }];
}

function tolerate({ abort }: MetricRules, rate: number | undefined): number | undefined {
  return rate === undefined ? undefined : Math.min(1, abort.ratio * rate + abort.margin);
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
