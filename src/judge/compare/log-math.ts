/** Sums of numbers that are only known by their natural logarithms, without overflow. */

/** ln(e^a + e^b). */
export function logAddExp(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}

/** ln of the mean of e^x over the list, weighted by weights that sum to 1, default equal; -Infinity for an empty list. */
export function logMeanExp(values: readonly number[], weights?: readonly number[]): number {
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) high = Math.max(high, value);
  if (high === Number.NEGATIVE_INFINITY) return high;
  let sum = 0;
  for (const [i, value] of values.entries()) sum += (weights?.[i] ?? 1) * Math.exp(value - high);
  return high + Math.log(weights ? sum : sum / values.length);
}
