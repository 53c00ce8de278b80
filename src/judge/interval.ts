/**
 * Verdicts: numbers in, pass, fail or no answer out, each with a plain sentence. Pure; imports nothing of Node and no
 * library, so that the workflow, the activities and the tests share it. Where the numbers come from is not known here.
 */
import type { Check, DurationCheck, JobCheck, QueryCheck, SuccessRateCheck, WebCheck } from '../contract/analysis.ts';
import type { CheckResult, IntervalVerdict } from '../contract/verdict.ts';
import { judgePodHealth } from './pod-health.ts';
import { histogramQuantile } from './quantile.ts';
import { formatBeside, formatNumber } from './text.ts';
import { countRequests, type IntervalWindow, leaveMore, type RequestCounts } from './window.ts';

export interface Judgement {
  verdict: Exclude<IntervalVerdict, 'canaryLost' | 'worse'>;
  checks: CheckResult[];
  /** The checks' sentences, the deciding ones first. */
  sentence: string;
}

const DECIDING: Judgement['verdict'][] = ['fail', 'inconclusive', 'noAnswer', 'pass'];

/**
 * Holds one interval's numbers against the plan's checks. A failed check makes the interval fail; otherwise one that the primary
 * fails as well makes it inconclusive, and one without an answer leaves it without an answer; no check at all is no answer
 * either (order rules 6 and 7).
 * @param primary its numbers of the same interval, when the plan compares
 */
export function judgeInterval(checks: readonly Check[], canary: IntervalWindow, primary?: IntervalWindow): Judgement {
  const podsOnly = checks.every(({ builtin }) => builtin === 'podHealth');
  const results = checks.map((check) => {
    const result = { ...judgeCheck(check, canary), ...(podsOnly && { podsOnly }) };
    return primary && result.verdict === 'fail' ? beside(result, judgeCheck(check, primary)) : result;
  });
  const verdict = DECIDING.find((kind) => results.some((result) => result.verdict === kind)) ?? 'noAnswer';
  const sorted = results.toSorted((a, b) => DECIDING.indexOf(a.verdict) - DECIDING.indexOf(b.verdict));
  const sentence = sorted.map((result) => result.sentence).join('; ') || 'the plan has no checks';
  return { verdict, checks: results, sentence };
}

/** However traffic grows, no more comes in the rest of an interval than this times what has come in as long a time before. */
const GROWTH = 3;

/**
 * Whether an interval can only fail: even if all requests to come were answered perfectly, and three times as many as so far in as
 * long a time. Queries of the plan are left out, as nothing is known of what they will say.
 * @param part of the interval that is over, above 0
 * @param primary its numbers, when the plan compares: trouble of both may still become nobody's
 */
export function cannotPass(
  checks: readonly Check[],
  canary: IntervalWindow,
  part: number,
  primary?: IntervalWindow,
): boolean {
  const known = checks.filter(({ builtin }) => builtin !== undefined);
  const growth = 1 + (GROWTH * Math.max(0, 1 - part)) / part;
  return judgeInterval(known, withPerfectRest(canary, growth), primary).verdict === 'fail';
}

function withPerfectRest(window: IntervalWindow, growth: number): IntervalWindow {
  const { destination, source, histogram } = window;
  const timed = (growth - 1) * (histogram.at(-1)?.[1] ?? 0);
  const grown = <T extends { requests: number }>(counts: T): T => ({ ...counts, requests: growth * counts.requests });
  return {
    ...window,
    destination: grown(destination),
    ...(source && { source: grown(source) }),
    histogram: histogram.map(([le, count]) => [le, count + timed]),
  };
}

/** Trouble that both have is not the canary's. */
function beside(canary: CheckResult, primary: CheckResult): CheckResult {
  if (primary.verdict !== 'fail') return canary;
  const sentence = `${canary.sentence}, and the primary fails it too: ${primary.sentence}`;
  return { ...canary, verdict: 'inconclusive', sentence };
}

function judgeCheck(check: Check, window: IntervalWindow): CheckResult {
  switch (check.builtin) {
    case 'requestSuccessRate':
      return judgeSuccessRate(check, window);
    case 'requestDuration':
      return judgeDuration(check, window);
    case 'podHealth':
      return judgePodHealth(check, window.pods);
    case undefined:
      return check.job ? judgeJob(check, window) : judgeNumber(check, window);
  }
}

type Base = Pick<CheckResult, 'name' | 'limit' | 'unit' | 'bound'>;

function judgeSuccessRate(check: SuccessRateCheck, window: IntervalWindow): CheckResult {
  const base: Base = { name: check.name, limit: check.min, unit: '%' };
  const counts = countRequests(window);
  const { requests, failures, said } = withLeavers(counts, window);
  if (!counts || requests === 0) return noAnswer(base, window, window.destination.requests, said);
  const value = (100 * (requests - failures)) / requests;
  const failed = value < check.min;
  // Those who were lucky say nothing about those who were not heard.
  if (!counts.complete && !failed) return noAnswer(base, window, window.destination.requests);
  const seen = counts.sourceOnly ? ' as the callers saw them' : '';
  const wanted = failed ? `, at least ${formatNumber(check.min)} % wanted` : '';
  const sentence = `${check.name} ${formatBeside(value, check.min)} % of ${requests} requests${seen}${wanted}${said}`;
  return { ...base, verdict: failed ? 'fail' : 'pass', value, requests, sentence };
}

/** Callers who left count as failed when the canary's leave much more than the primary's; what is said of them, and of flags. */
function withLeavers(
  counts: RequestCounts | undefined,
  window: IntervalWindow,
): { requests: number; failures: number; said: string } {
  const { requests = 0, failures = 0, left = 0, waited = 0 } = counts ?? {};
  const shares = leaveMore(window);
  const { limitMs = 0 } = window.waited ?? {};
  const { unflagged = 0 } = window.source ?? {};
  const said = [
    waited > 0 && `${callers(waited)} left after more than ${formatNumber(limitMs)} ms and count as failed`,
    shares &&
      `callers who left count as failed: ${percent(shares.canary)} of the canary's, ${percent(shares.primary)} of the primary's`,
    !shares && left > 0 && `${callers(left)} left before an answer and count as neither`,
    unflagged > 0 &&
      `${unflagged} failures that no pod has counted count too, as the callers' series have no response_flags`,
  ];
  const counted = shares ? left : 0;
  const text = said.map((part) => (part ? `; ${part}` : '')).join('');
  return { requests: requests + counted, failures: failures + counted, said: text };
}

function callers(count: number): string {
  return `${formatNumber(count)} caller${count === 1 ? '' : 's'}`;
}

function percent(value: number): string {
  return `${formatNumber(Number(value.toFixed(1)))} %`;
}

function judgeDuration(check: DurationCheck, window: IntervalWindow): CheckResult {
  const base: Base = { name: check.name, limit: check.maxMs, unit: 'ms' };
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

/** What was asked at the end of the interval. */
function answerTo({ name }: Check, { values = {} }: IntervalWindow) {
  return (Object.hasOwn(values, name) && values[name]) || { reason: 'it was not asked' };
}

/** How many of its runs failed, of one. */
function judgeJob(check: JobCheck, window: IntervalWindow): CheckResult {
  const answer = answerTo(check, window);
  const { requests } = window.destination;
  const base = { name: check.name, limit: 0, bound: 'max', unit: 'failed', requests } as const;
  if ('passed' in answer)
    return {
      ...base,
      verdict: answer.passed ? 'pass' : 'fail',
      value: answer.passed ? 0 : 1,
      sentence: answer.sentence,
    };
  const reason = 'reason' in answer ? answer.reason : 'it is no test';
  return { ...base, verdict: 'noAnswer', sentence: `${check.name}: no answer, ${reason}` };
}

function judgeNumber(check: QueryCheck | WebCheck, window: IntervalWindow): CheckResult {
  const { name, unit = '', min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = check;
  const answer = answerTo(check, window);
  const value = 'value' in answer ? answer.value : undefined;
  const bound = check.max === undefined || (value !== undefined && value < min) ? 'min' : 'max';
  const limit = bound === 'min' ? min : max;
  const base = { name, limit, bound, unit, requests: window.destination.requests } as const;
  if (value === undefined) {
    const reason = 'reason' in answer ? answer.reason : '';
    return { ...base, verdict: 'noAnswer', sentence: `${name}: no answer, ${reason}` };
  }
  const failed = value < min || value > max;
  const figure = (number: string) => `${number} ${unit}`.trimEnd();
  const wanted = failed ? `, at ${bound === 'min' ? 'least' : 'most'} ${figure(formatNumber(limit))} wanted` : '';
  const sentence = `${name} ${figure(formatBeside(value, limit))}${wanted}`;
  return { ...base, verdict: failed ? 'fail' : 'pass', value, sentence };
}

function noAnswer(base: Base, { unknown, destination }: IntervalWindow, requests: number, said = ''): CheckResult {
  const nobody = destination.left > 0 ? 'no request was answered' : 'no requests reached the canary';
  const reason = unknown ?? (requests === 0 || destination.fresh ? nobody : 'the figures are stale');
  return { ...base, verdict: 'noAnswer', requests, sentence: `${base.name}: no answer, ${reason}${said}` };
}
