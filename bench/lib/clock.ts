/** The one clock of a measurement, ms since 1970 with fractions: comparable with what Temporal and the API server note. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
