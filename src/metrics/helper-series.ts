/** Series beside the counters of one answer that say how far the counters can be trusted; a label tells them apart. */
import { quote } from '../promql/quote.ts';
import { type CountWindow, grownBy, knownAt, SEEN_BEFORE } from './growth.ts';

/** Label that helper series carry and counters do not. */
export const HELPER = 'figure';

/**
 * - `scraped`: when that pod or workload was last scraped, s
 * - `oldest`: of many callers, when the one was scraped that waits longest, s
 * - `known`: how many series there were when the count begins
 * - `hidden`: how many there were within the hour before, but not in its last minute
 * - `samples`: how often one was scraped in the last five minutes
 * - `example`: one series with all its labels
 * - `clock`: Prometheus's, so that an answer without any other series has a time too
 */
export const HELPERS = {
  scraped: 'scraped',
  oldest: 'oldest',
  known: 'known',
  hidden: 'hidden',
  samples: 'samples',
  example: 'example',
  clock: 'clock',
} as const;

export const SAMPLES_WINDOW_MS = 300_000;

const SEEN_NOW = '1m';

/** What is asked of one selector. */
export interface AskedSeries {
  series: string;
  /** Labels that tell its counters apart. */
  labels: string[];
  scrapedBy: string;
  /** Another selector that tells when it was scraped. Default: itself. */
  scraped?: string | undefined;
}

/** When it was scraped, with what it grew by in a window; without one what there is to know before anything is counted. */
export function askedOf({ series, labels, scrapedBy, scraped = series }: AskedSeries, window?: CountWindow): string[] {
  const times = helper(`max by (${scrapedBy}) (${scrapedAt(scraped)})`, HELPERS.scraped);
  if (!window) return [times, ...history(scrapedBy, scraped)];
  return [grownBy(labels, series, window), times, helper(`count(${knownAt(scraped, window)})`, HELPERS.known)];
}

/** VictoriaMetrics goes on to tell the time of series that ended, unless they are asked whether they are there. */
function scrapedAt(series: string): string {
  return `timestamp(${series}) and ${series}`;
}

/** Copies of one caller count as one: its newest scrape. */
export function oldestCaller(series: string): string {
  return helper(`min(max by (pod, instance) (${scrapedAt(series)}))`, HELPERS.oldest);
}

/** Only who was there all the time can tell how often it was scraped. */
function history(label: string, series: string): string[] {
  const window = `${SAMPLES_WINDOW_MS / 1000}s`;
  const samples = `count_over_time(${series}[${window}]) and ${series} offset ${window}`;
  const hidden = `last_over_time(${series}[${SEEN_BEFORE}]) unless last_over_time(${series}[${SEEN_NOW}])`;
  return [
    helper(`max by (${label}) (${samples})`, HELPERS.samples),
    helper(`count(${hidden})`, HELPERS.hidden),
    helper(`topk(1, ${series})`, HELPERS.example),
  ];
}

export const CLOCK = helper('vector(time())', HELPERS.clock);

function helper(series: string, name: string): string {
  return named(series, HELPER, name);
}

/** The same series with one more label. */
export function named(series: string, label: string, value: string): string {
  return `label_replace(${series}, ${quote(label)}, ${quote(value)}, "", "")`;
}
