import type { Check, DurationCheck, SuccessRateCheck } from '../rollout/plan.ts';
import type { CheckResult, IntervalProgress, IntervalVerdict } from '../rollout/verdict.ts';
import { histogramQuantile } from './quantile.ts';
import { formatBeside, formatNumber } from './text.ts';
import { countRequests, type IntervalWindow } from './window.ts';

export interface Judgement {
  verdict: Exclude<IntervalVerdict, 'canaryLost'>;
  checks: CheckResult[];
  /** The checks' sentences, the deciding ones first. */
  sentence: string;
}

/**
 * Holds one interval's numbers against the plan's checks. A failed check makes the interval fail; otherwise one without an
 * answer leaves it without an answer; no check at all is no answer either (order rules 6 and 7).
 */
export function judgeInterval(checks: readonly Check[], window: IntervalWindow): Judgement {
  const results = checks.map((check) =>
    check.builtin === 'requestSuccessRate' ? judgeSuccessRate(check, window) : judgeDuration(check, window),
  );
  const order: Judgement['verdict'][] = ['fail', 'noAnswer', 'pass'];
  const verdict = order.find((kind) => results.some((result) => result.verdict === kind)) ?? 'noAnswer';
  const sorted = results.toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  const sentence = sorted.map((result) => result.sentence).join('; ') || 'the plan has no checks';
  return { verdict, checks: results, sentence };
}

function judgeSuccessRate(check: SuccessRateCheck, window: IntervalWindow): CheckResult {
  const base = { name: check.name, limit: check.min, unit: '%' as const };
  const counts = countRequests(window);
  if (!counts || counts.requests === 0) return noAnswer(base, window, window.destination.requests);
  const { requests, failures, sourceOnly, complete } = counts;
  const value = (100 * (requests - failures)) / requests;
  const failed = value < check.min;
  // Those who were lucky say nothing about those who were not heard.
  if (!complete && !failed) return noAnswer(base, window, window.destination.requests);
  const seen = sourceOnly ? ' as the callers saw them' : '';
  const wanted = failed ? `, at least ${formatNumber(check.min)} % wanted` : '';
  const sentence = `${check.name} ${formatBeside(value, check.min)} % of ${requests} requests${seen}${wanted}`;
  return { ...base, verdict: failed ? 'fail' : 'pass', value, requests, sentence };
}

function judgeDuration(check: DurationCheck, window: IntervalWindow): CheckResult {
  const base = { name: check.name, limit: check.maxMs, unit: 'ms' as const };
  const requests = window.histogram.at(-1)?.[1] ?? 0;
  const quantile = window.destination.fresh ? histogramQuantile(check.quantile, window.histogram) : undefined;
  if (!quantile) return noAnswer(base, window, requests);
  const { value, beyond } = quantile;
  const name = `${check.name} p${formatNumber(check.quantile * 100)}`;
  if (beyond && check.maxMs > value) {
    const sentence = `${name} is above the histogram's last bound of ${formatNumber(value)} ms, so ${formatNumber(check.maxMs)} ms cannot be judged`;
    return { ...base, verdict: 'noAnswer', requests, sentence };
  }
  const failed = beyond || value > check.maxMs;
  const shown = beyond ? `above ${formatNumber(value)}` : formatBeside(value, check.maxMs);
  const wanted = failed ? `, at most ${formatNumber(check.maxMs)} ms wanted` : '';
  const sentence = `${name} ${shown} ms of ${requests} requests${wanted}`;
  return { ...base, verdict: failed ? 'fail' : 'pass', value, requests, sentence };
}

function noAnswer(
  base: Pick<CheckResult, 'name' | 'limit' | 'unit'>,
  { unknown, destination }: IntervalWindow,
  requests: number,
): CheckResult {
  const reason =
    unknown ?? (requests === 0 || destination.fresh ? 'no requests reached the canary' : 'the figures are stale');
  return { ...base, verdict: 'noAnswer', requests, sentence: `${base.name}: no answer, ${reason}` };
}

/** What a running interval reports: its judgement so far beside what else is known of it. */
export function mergeProgress(
  known: Pick<IntervalProgress, 'elapsedMs' | 'durationMs' | 'canaryReady' | 'observedWeight'>,
  checks: readonly Check[],
  window: IntervalWindow,
): IntervalProgress {
  return { ...known, checks: judgeInterval(checks, window).checks, requests: window.destination.requests };
}
