/** What the preflight asks of Prometheus about the running primary, without waiting for anything. */
import { selector } from '../../promql/quote.ts';
import type { Failed } from '../answer.ts';
import type { SeriesTarget } from '../istio-series.ts';
import { parseNumber } from '../number.ts';
import { FAILURES } from '../outcome.ts';
import { primaryGrown } from '../pod-series.ts';
import type { PrometheusClient, QueryOutcome, Sample } from '../prometheus.ts';
import type { SeriesFamily } from '../request-queries.ts';

/** The primary's series as they are now. */
export interface Seen {
  /** Of requests, with all their labels; at most 500. */
  series: Sample[];
  /** Between two scrapes, ms; absent: there were not two within five minutes. */
  gapMs?: number | undefined;
  /** Of the newest sample, ms. */
  ageMs: number;
  /** Requests a second, and the share of them that failed, 0 to 1, in the last half hour or since there are any. */
  perSecond: number;
  failed: number;
  coveredMs: number;
  /** Finite bounds of the answer times, ms, rising. */
  bounds: number[];
}

const HALF_HOUR = '30m';
const HALF_HOUR_MS = 30 * 60_000;
const SCRAPES_MS = 5 * 60_000;
/** Scrapes that are closer count as so far apart, ms. */
const STEP_MS = 1_000;

/** @returns the first query that failed; undefined: there are no such series now */
export async function askPrimary(
  client: PrometheusClient,
  family: SeriesFamily,
  target: SeriesTarget,
  signal?: AbortSignal,
): Promise<Seen | Failed | undefined> {
  const requests = requestsOf(family, target);
  const each = (of: (series: string) => string) => requests.map(of).join(' or ');
  const series = await client.query(`topk(500, ${requests.join(' or ')})`, { signal });
  if (!series.ok) return series;
  const timeMs = series.samples[0]?.timeMs;
  if (timeMs === undefined) return undefined;
  const ask = (query: string) => client.query(query, { timeMs, signal });
  const conditions = family.conditions(target, 'primary', '');
  const durations = conditions.flatMap((one) => (family.durations ? selector(family.durations, one) : []));
  const range = { startMs: timeMs - SCRAPES_MS, endMs: timeMs, stepMs: STEP_MS };
  const [scrapes, grown, samples, buckets] = await Promise.all([
    client.queryRange(`max by (${family.pod}) (${each((series) => `timestamp(${series})`)})`, range, signal),
    ask(primaryGrown({ family, target, podHash: '' }, HALF_HOUR)),
    ask(`max(${each((series) => `count_over_time(${series}[${HALF_HOUR}])`)})`),
    ask(durations.length > 0 ? `group by (le) (${durations.join(' or ')})` : 'vector(0)'),
  ]);
  if (!scrapes.ok) return scrapes;
  for (const answer of [grown, samples, buckets]) if (!answer.ok) return answer;
  const of = (answer: QueryOutcome) => (answer.ok ? answer.samples : []);
  const times = scrapes.series.map(({ points }) => [...new Set(points.map(([, at]) => at * 1000))]);
  const gapMs = median(times.flatMap((at) => at.slice(1).map((later, index) => later - (at[index] ?? later))));
  const seenMs = gapMs ? (of(samples)[0]?.value ?? 0) * gapMs : HALF_HOUR_MS;
  const coveredMs = Math.min(seenMs, HALF_HOUR_MS);
  const all = sum(of(grown));
  const failures = of(grown).filter(({ labels }) =>
    FAILURES.includes(family.outcomeOf(family.labels.map((label) => labels[label] ?? ''))),
  );
  return {
    series: series.samples,
    gapMs,
    ageMs: timeMs - Math.max(...times.flat()),
    perSecond: (1000 * all) / coveredMs,
    failed: all > 0 ? sum(failures) / all : 0,
    coveredMs,
    bounds: boundsOf(of(buckets), family.msPerUnit),
  };
}

/** What selects the requests that the primary's pods answered; one or more. */
export function requestsOf({ requests, conditions }: SeriesFamily, target: SeriesTarget): string[] {
  return conditions(target, 'primary', '').flatMap((one) => requests.map(({ metric }) => selector(metric, one)));
}

/** Single scrapes fail or come late. */
function median(values: number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function sum(samples: readonly Sample[]): number {
  return samples.reduce((total, { value }) => total + value, 0);
}

function boundsOf(samples: readonly Sample[], msPerUnit: number): number[] {
  const bounds = samples.map(({ labels }) => (parseNumber(labels.le) ?? Number.NaN) * msPerUnit);
  return bounds.filter(Number.isFinite).toSorted((a, b) => a - b);
}
