/** Series beside the counters of one answer that say how far the counters can be trusted; a label tells them apart. */
import { quote } from '../promql/index.ts';

/** Label that helper series carry and counters do not. */
export const HELPER = 'figure';

/**
 * - `scraped`: when that pod or workload was last scraped, s
 * - `seen`: it was there within the hour before
 * - `samples`: how often it was scraped in the last two minutes
 * - `clock`: Prometheus's, so that an answer without any other series has a time too
 */
export const HELPERS = { scraped: 'scraped', seen: 'seen', samples: 'samples', clock: 'clock' } as const;

export const SAMPLES_WINDOW_MS = 120_000;

/** How far back a baseline looks for a series that one failed scrape hides. */
const LOOK_BACK = '1m';
const SEEN_BEFORE = '1h';

export function sumBy(labels: string[], series: string, baseline: boolean): string {
  return `sum by (${labels.join(', ')}) (${baseline ? `last_over_time(${series}[${LOOK_BACK}])` : series})`;
}

/** `timestamp()` of a plain selector is the moment of the scrape; a sample's own time would be that of the query. */
export function scrapeTimes(label: string, series: string, of: 'min' | 'max' = 'max'): string {
  return named(`${of} by (${label}) (timestamp(${series}))`, HELPER, HELPERS.scraped);
}

/** Who was there before, and how often it was scraped: asked for with the baseline. Only who was there all the time can tell. */
export function history(label: string, series: string): string[] {
  const window = `${SAMPLES_WINDOW_MS / 1000}s`;
  const samples = `count_over_time(${series}[${window}]) and ${series} offset ${window}`;
  return [
    named(`group by (${label}) (last_over_time(${series}[${SEEN_BEFORE}]))`, HELPER, HELPERS.seen),
    named(`max by (${label}) (${samples})`, HELPER, HELPERS.samples),
  ];
}

export const CLOCK = named('vector(time())', HELPER, HELPERS.clock);

/** The same series with one more label. */
export function named(series: string, label: string, value: string): string {
  return `label_replace(${series}, ${quote(label)}, ${quote(value)}, "", "")`;
}
