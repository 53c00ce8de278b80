/** Queries over raw counters of single pods, never rates, so that growth is computed here and a restart or a late scrape is seen. */
import { type Conditions, selector } from '../promql/index.ts';
import { history, named, scrapeTimes, sumBy } from './helper-series.ts';
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
export function podRequests(query: PodQuery, arms: readonly Arm[], baseline: boolean): string {
  return byArm(query, arms, (conditions) =>
    query.family.requests.flatMap((counter) => counted(query, counter, conditions, baseline)),
  );
}

/** Answer times of the pods of each arm, by arm, pod and upper bound. @throws Error for a family without any */
export function podDurations(query: PodQuery, arms: readonly Arm[], baseline: boolean): string {
  const { durations, pod } = query.family;
  if (!durations) throw new Error('these series have no answer times');
  return byArm(query, arms, (conditions) => asked(selector(durations, conditions), pod, [pod, 'le'], baseline));
}

/** How long the callers who left had waited, by arm, reporter and upper bound. @throws Error for a family without any */
export function leaverDurations(
  { family, target, podHash }: PodQuery,
  arms: readonly Arm[],
  baseline: boolean,
): string {
  const { durations, leavers } = family;
  if (!durations || !leavers) throw new Error('these series have no times of callers who left');
  const parts = arms.map((arm) => {
    const series = leavers(target, arm, podHash).map((conditions) =>
      sumBy([REPORTER, 'le'], selector(durations, conditions), baseline),
    );
    return named(series.join(' or '), ARM, arm);
  });
  return parts.join(' or ');
}

/** Label of Istio's with the end that counted. */
export const REPORTER = 'reporter';

/** Requests that the primary's pods answered, by pod and outcome. */
export function primaryRequests({ family, target }: PodQuery): string {
  const parts = family.conditions(target, 'primary', '').flatMap((conditions) =>
    family.requests.map(({ metric, code }) => {
      const series = selector(metric, conditions);
      return code
        ? named(sumBy([family.pod], series, false), labelOf(family), code)
        : sumBy([family.pod, ...family.labels], series, false);
    }),
  );
  return parts.join(' or ');
}

/** What the primary's requests grew by in the past, by outcome. */
export function primaryGrown({ family, target }: PodQuery, over: string): string {
  const parts = family.conditions(target, 'primary', '').flatMap((conditions) =>
    family.requests.map(({ metric, code }) => {
      const labels = code ? '' : family.labels.join(', ');
      const grown = `sum by (${labels}) (increase(${selector(metric, conditions)}[${over}]))`;
      return code ? named(grown, labelOf(family), code) : grown;
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

function counted({ family }: PodQuery, counter: RequestCounter, conditions: Conditions, baseline: boolean): string[] {
  const { metric, code, scraped } = counter;
  const series = selector(metric, conditions);
  if (code) return [named(sumBy([family.pod], series, baseline), labelOf(family), code)];
  const from = scraped ? selector(scraped, conditions) : series;
  return asked(series, family.pod, [family.pod, ...family.labels], baseline, from);
}

function labelOf({ labels }: SeriesFamily): string {
  return labels.at(-1) ?? '';
}

function asked(series: string, pod: string, labels: string[], baseline: boolean, scraped = series): string[] {
  return [sumBy(labels, series, baseline), scrapeTimes(pod, scraped), ...(baseline ? history(pod, scraped) : [])];
}
