/** How often counters are scraped, and how long after that they can be read, ms. */
export interface Pace {
  scrapeMs: number;
  lagMs: number;
}

/** Shortest interval in which counters can be seen to grow, ms, in whole seconds: two scrapes, and until the second can be read. */
export function measurableEvery({ scrapeMs, lagMs }: Pace): number {
  return Math.ceil((2 * scrapeMs + lagMs) / 1_000) * 1_000;
}

/** @returns why an interval cannot be measured, with the number that would do; undefined: it can */
export function tooShortToMeasure(everyMs: number, pace: Pace): string | undefined {
  const least = measurableEvery(pace);
  if (everyMs >= least) return undefined;
  const late = pace.lagMs >= 1_000 ? ` that can be read ${seconds(pace.lagMs)} later` : '';
  return `intervals of ${seconds(everyMs)} cannot be measured with a scrape every ${seconds(pace.scrapeMs)}${late}: at least ${seconds(least)} wanted`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
