/** Conditions of an AnalysisTemplate: `result[0] >= 0.95` and what stands around it. Anything else is not guessed at. */

import type { Field } from '../shared/field.ts';
import { type ArgumentValues, substitute } from './arguments.ts';

export interface Limits {
  min?: number;
  max?: number;
  /** What the limits say a little differently. */
  notes: string[];
}

/** Comparisons whose only matter is whether there is data: a plan holds without. */
const ABOUT_DATA =
  /^(?:len\(result\)\s*(?:==|>|>=|!=)\s*\d+|!?\s*(?:isNaN|isInf)\(result(?:\[0\])?\)|result\s*(?:==|!=)\s*nil)$/;
const COMPARISON =
  /^(?:default\(\s*(result(?:\[0\])?)\s*,\s*[-\d.]+\s*\)|(?:asFloat|asInt)\(\s*(result(?:\[0\])?)\s*\)|(result(?:\[0\])?))\s*(>=|<=|==|>|<)\s*(-?\d+(?:\.\d+)?)$/;

/**
 * @param list the answer is a list, as Prometheus' is: it has to be indexed
 * @returns a sentence where nothing can be taken over
 */
export function readCondition(text: string, { list, failing }: { list: boolean; failing: boolean }): Limits | string {
  const parts = text
    .slice(0, 500)
    .split(/&&|\|\|/)
    .map((part) =>
      part
        .trim()
        .replace(/^\((.*)\)$/, '$1')
        .trim(),
    );
  const about = parts.filter((part) => ABOUT_DATA.test(part));
  const rest = parts.filter((part) => !ABOUT_DATA.test(part));
  const limits: Limits = {
    notes: about.length > 0 ? ['what it says of missing data is left out: a plan holds without data'] : [],
  };
  for (const part of rest) {
    const [, defaulted, cast, plain, operator = '', number = ''] = COMPARISON.exec(part) ?? [];
    const result = defaulted ?? cast ?? plain;
    if (!result) return `its condition is more than a comparison with a number: ${text.slice(0, 100)}`;
    if (list && result === 'result') return 'its condition compares a list with a number, so it can never be evaluated';
    if (defaulted) limits.notes.push('it takes a missing answer for a number: a plan holds without data');
    takeLimit(limits, { operator, value: Number(number), failing });
  }
  if (rest.length > 1 && text.includes(failing ? '&&' : '||'))
    return `its condition is more than a comparison with a number: ${text.slice(0, 100)}`;
  if (limits.min === undefined && limits.max === undefined) return 'its condition looks at no number';
  if (failing && limits.max !== undefined && limits.max < 0)
    return 'its condition fails for every number that is not negative';
  return limits;
}

function takeLimit(
  limits: Limits,
  { operator, value, failing }: { operator: string; value: number; failing: boolean },
): void {
  const least = operator.startsWith('>') !== failing;
  if (operator === '==' && !failing) Object.assign(limits, { min: value, max: value });
  else if (operator === '==') limits.notes.push(`a single failing value (${value}) is no limit`);
  else if (least) limits.min = value;
  else limits.max = value;
  const strict = operator.length === 1 ? !failing : failing && operator !== '==';
  if (strict) limits.notes.push(`${value} itself passes as well`);
}

/** Of a metric. @param list see `readCondition`  @returns a sentence where nothing can be taken over */
export function limitsOf(metric: Field, { list, values }: { list: boolean; values: ArgumentValues }): Limits | string {
  const [success, failure] = [metric.at('successCondition'), metric.at('failureCondition')];
  const read = (field: Field, failing: boolean) =>
    field.text === undefined ? undefined : readCondition(substitute(field.text, values).text, { list, failing });
  const [passes, fails] = [read(success, false), read(failure, true)];
  const chosen = passes ?? fails;
  if (chosen === undefined) return 'it has no condition, so it always passes';
  if (typeof chosen === 'string') return chosen;
  if (passes === undefined || fails === undefined || typeof fails === 'string') return chosen;
  const band = fails.min !== chosen.min || fails.max !== chosen.max;
  return {
    ...chosen,
    notes: [...chosen.notes, ...(band ? ['the band between its two conditions, inconclusive there, fails here'] : [])],
  };
}
