/** Parts of PromQL that carry values of others: always quoted, and escaped where they are patterns. */
import type { Matchers } from '../contract/analysis.ts';

/** A string literal. Escapes: prometheus.io/docs/prometheus/latest/querying/basics, "String literals". */
export function quote(value: string): string {
  const escaped = value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r');
  return `"${escaped}"`;
}

/** The text as a pattern that matches only itself (RE2; Prometheus anchors patterns on both sides). */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** A pattern that matches one of the texts. */
export function anyOf(texts: string[]): string {
  return texts.map(escapePattern).join('|');
}

/** Label conditions: a text is compared for equality, `{ pattern }` must match the whole value, operators all hold. */
export type Conditions = Readonly<Record<string, Matchers[string] | { pattern: string }>>;

/**
 * `metric{label="value",other=~"pattern"}`
 * @param metric its name, or a pattern that the names of several match
 * @throws RangeError for a name that cannot be one
 */
export function selector(metric: string | { pattern: string }, conditions: Conditions): string {
  if (typeof metric !== 'string') return selector('', { __name__: metric, ...conditions });
  if (metric !== '' || !conditions.__name__) assertName(metric);
  return `${metric}{${conditionList(conditions)}}`;
}

/** What stands between the braces. @throws RangeError for a name that cannot be one */
export function conditionList(conditions: Conditions): string {
  const parts = Object.entries(conditions).flatMap(([label, value]) => {
    assertName(label);
    return Object.entries(operatorsOf(value)).map(([operator, text]) => `${label}${operator}${quote(text)}`);
  });
  return parts.join(',');
}

function operatorsOf(value: Conditions[string]): Record<string, string> {
  if (typeof value === 'string') return { '=': value };
  return 'pattern' in value ? { '=~': value.pattern } : value;
}

function assertName(name: string): void {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))
    throw new RangeError(`${JSON.stringify(name)} is not a metric or label name`);
}
