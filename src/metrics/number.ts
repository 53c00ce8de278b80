/**
 * A number as Prometheus writes it: a decimal, `NaN`, `+Inf` or `-Inf`. JavaScript's own conversion would make 0 of an empty
 * text and NaN of `+Inf`. Format: prometheus.io/docs/prometheus/latest/querying/api, "Expression query result formats".
 * @returns undefined for anything else
 */
export function parseNumber(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  if (text === 'NaN') return Number.NaN;
  const infinite = /^([+-]?)Inf$/.exec(text);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}
