import type { QueryCheck } from '../contract/analysis.ts';
import type { QueryValue } from '../judge/window.ts';
import type { QueryOutcome } from './prometheus.ts';

/**
 * The one number that a query of a plan gives. Everything else is no answer: never a pass, never a failure (order rule 7). A whole
 * answer without series is one only where the plan says so.
 */
export function queryValue(outcome: QueryOutcome, emptyMeans: QueryCheck['emptyMeans'] = 'noAnswer'): QueryValue {
  if (!outcome.ok) return { reason: outcome.error.message };
  const [first, ...others] = outcome.samples;
  if (!first) return emptyMeans === 'zero' ? { value: 0 } : { reason: 'no series matches' };
  if (others.length > 0) return { reason: `the query gives ${others.length + 1} series where one number is wanted` };
  if (!Number.isFinite(first.value)) return { reason: `the query gives ${first.value}` };
  return { value: first.value };
}

/** What is wrong with the query itself; undefined when it may well give a number one day. */
export function queryFault(outcome: QueryOutcome): { problem: string; remedy: string } | undefined {
  if (outcome.ok) {
    if (outcome.samples.length < 2) return undefined;
    return {
      problem: `the query gives ${outcome.samples.length} series where one number is wanted`,
      remedy: 'aggregate it, for example with sum(…)',
    };
  }
  const { kind, message, detail } = outcome.error;
  if (kind === 'badQuery') return { problem: `${message}${detail ? `: ${detail}` : ''}`, remedy: 'correct the query' };
  if (kind === 'badAnswer' && message.includes('instant vector'))
    return {
      problem: message,
      remedy: 'write a query whose answer is an instant vector, for example vector(…) or sum(…)',
    };
  return undefined;
}
