/** Queries over counters of single pods, never rates: those guess what was between two scrapes. */
import { type Conditions, selector } from '../promql/quote.ts';
import { type CountWindow, grownBy, grownByStep } from './growth.ts';
import { askedOf, named } from './helper-series.ts';
import type { Arm, SeriesTarget } from './istio-series.ts';
import type { RequestCounter, SeriesFamily } from './request-queries.ts';

/** Label that tells the arms apart in answers about pods. */
export const ARM = 'arm';

/** Whose pods are asked about. */
export interface PodQuery {
  family: SeriesFamily;
  target: SeriesTarget;
  /** `pod-template-hash` of the canary's revision. */
  podHash: string;
}

/** Requests that the pods of each arm answered, by arm, pod and outcome; of the canary only those of one revision. */
export function podRequests(query: PodQuery, arms: readonly Arm[], window?: CountWindow): string {
  return byArm(query, arms, (conditions) =>
    query.family.requests.flatMap((counter) => counted(query, counter, conditions, window)),
  );
}

/** Answer times of the pods of each arm, by arm, pod and upper bound. @throws Error for a family without any */
export function podDurations(query: PodQuery, arms: readonly Arm[], window?: CountWindow): string {
  const { durations, pod } = query.family;
  if (!durations) throw new Error('these series have no answer times');
  return byArm(query, arms, (conditions) =>
    askedOf({ series: selector(durations, conditions), labels: [pod, 'le'], scrapedBy: pod }, window),
  );
}

/** How long the callers who left had waited, by arm, reporter and upper bound. @throws Error for a family without any */
export function leaverDurations(
  { family, target, podHash }: PodQuery,
  arms: readonly Arm[],
  window?: CountWindow,
): string {
  const { durations, leavers, pod } = family;
  if (!durations || !leavers) throw new Error('these series have no times of callers who left');
  const parts = arms.flatMap((arm) =>
    leavers(target, arm, podHash)
      .flatMap((conditions) =>
        askedOf({ series: selector(durations, conditions), labels: [REPORTER, 'le'], scrapedBy: pod }, window),
      )
      .map((query) => named(query, ARM, arm)),
  );
  return parts.join(' or ');
}

/** Label of Istio's with the end that counted. */
export const REPORTER = 'reporter';

/** Requests that the primary's pods answered in each step of a range, by pod and outcome. */
export function primaryRequests(query: PodQuery, stepMs: number): string {
  const { pod } = query.family;
  return byOutcome(query, (series, labels) => grownByStep([pod, ...labels], series, stepMs, pod));
}

/** What the primary's requests grew by in the past, by outcome. */
export function primaryGrown(query: PodQuery, over: string): string {
  return byOutcome(query, (series, labels) => `sum by (${labels.join(', ')}) (increase(${series}[${over}]))`);
}

/** Of the primary's pods. @param grown what one counter grew by; its labels tell outcomes apart, unless it counts one alone */
function byOutcome({ family, target }: PodQuery, grown: (series: string, labels: readonly string[]) => string): string {
  const parts = family.conditions(target, 'primary', '').flatMap((conditions) =>
    family.requests.map(({ metric, code }) => {
      const query = grown(selector(metric, conditions), code ? [] : family.labels);
      return code ? named(query, labelOf(family), code) : query;
    }),
  );
  return parts.join(' or ');
}

/** What the buckets of the primary's answer times grew by in the past, by upper bound; undefined for a family without any. */
export function primaryDurationsGrown({ family, target }: PodQuery, overMs: number): string | undefined {
  const { durations } = family;
  if (!durations) return undefined;
  const series = family
    .conditions(target, 'primary', '')
    .map((conditions) => `${selector(durations, conditions)}[${overMs / 1000}s]`);
  return series.map((one) => `sum by (le) (increase(${one}))`).join(' or ');
}

/** Both arms in one answer are both read at one instant. */
function byArm(
  { family, target, podHash }: PodQuery,
  arms: readonly Arm[],
  queries: (conditions: Conditions) => string[],
): string {
  const parts = arms.flatMap((arm) =>
    family
      .conditions(target, arm, podHash)
      .flatMap((conditions) => queries(conditions).map((query) => named(query, ARM, arm))),
  );
  return parts.join(' or ');
}

function counted(
  { family }: PodQuery,
  { metric, code, scraped }: RequestCounter,
  conditions: Conditions,
  window: CountWindow | undefined,
): string[] {
  const { pod, labels } = family;
  const series = selector(metric, conditions);
  if (code) return window ? [named(grownBy([pod], series, window), labelOf(family), code)] : [];
  const from = scraped && selector(scraped, conditions);
  return askedOf({ series, labels: [pod, ...labels], scrapedBy: pod, scraped: from }, window);
}

function labelOf({ labels }: SeriesFamily): string {
  return labels.at(-1) ?? '';
}
