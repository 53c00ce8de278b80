/**
 * A quantile of a classic histogram: linear interpolation inside the bucket that holds the rank, the first bucket beginning
 * at 0, the last finite bound for a rank above it. Same definition as `histogram_quantile`:
 * prometheus.io/docs/prometheus/latest/querying/functions, "histogram_quantile()".
 * @param q 0 to 1
 * @param buckets upper bounds in increasing order, the last one infinite, with cumulative counts
 * @returns `beyond`: the rank lies above the last finite bound, which `value` then is; undefined without observations
 */
export function histogramQuantile(
  q: number,
  buckets: readonly (readonly [le: number, count: number])[],
): { value: number; beyond: boolean } | undefined {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (buckets.length < 2 || buckets.at(-1)?.[0] !== Number.POSITIVE_INFINITY || !(total > 0)) return undefined;
  const rank = q * total;
  let below = 0;
  let lower = 0;
  for (const [le, count] of buckets) {
    if (le === Number.POSITIVE_INFINITY) break;
    // A bucket of another scrape may be behind; cumulative counts never fall.
    const reached = Math.max(below, count);
    if (reached >= rank && reached > below)
      return { value: lower + (le - lower) * ((rank - below) / (reached - below)), beyond: false };
    below = reached;
    lower = le;
  }
  return { value: lower, beyond: true };
}
