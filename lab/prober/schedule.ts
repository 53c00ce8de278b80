/** Requests that should have left after a time at a constant rate; the first leaves at once. */
export function dueCount(elapsedMs: number, ratePerSecond: number): number {
  return Math.floor((elapsedMs * ratePerSecond) / 1000) + 1;
}

/** When request n (from 0) is due, milliseconds after the start. */
export function dueAt(n: number, ratePerSecond: number): number {
  return (n * 1000) / ratePerSecond;
}
