/** Queries over raw counters of single pods, never rates, so that growth is computed here and a restart or a late scrape is seen. */
import { selector } from '../promql/index.ts';
import { history, named, scrapeTimes, sumBy } from './helper-series.ts';
import type { Arm, SeriesTarget } from './istio-series.ts';
import type { SeriesFamily } from './request-queries.ts';

/** Label that tells the arms apart in answers about pods. */
export const ARM = 'arm';

/** Whose pods are asked about. */
export interface PodQuery {
  family: SeriesFamily;
  target: SeriesTarget;
  /** `pod-template-hash` of the canary's revision. */
  podHash: string;
}

/** Requests that the pods of each arm answered, by arm, pod and response code; of the canary only those of one revision. */
export function podRequests(query: PodQuery, arms: readonly Arm[], baseline: boolean): string {
  return byArm(query.family.requests, query.family.code, query, arms, baseline);
}

/** Answer times of the pods of each arm, by arm, pod and upper bound. @throws Error for a family without any */
export function podDurations(query: PodQuery, arms: readonly Arm[], baseline: boolean): string {
  if (!query.family.durations) throw new Error('these series have no answer times');
  return byArm(query.family.durations, 'le', query, arms, baseline);
}

/** Requests that the primary's pods answered, by pod and response code. */
export function primaryRequests({ family, target }: PodQuery): string {
  const series = selector(family.requests, family.conditions(target, 'primary', ''));
  return sumBy([family.pod, family.code], series, false);
}

/** What the buckets of the primary's answer times grew by in the past, by upper bound; undefined for a family without any. */
export function primaryDurationsGrown({ family, target }: PodQuery, overMs: number): string | undefined {
  if (!family.durations) return undefined;
  const series = selector(family.durations, family.conditions(target, 'primary', ''));
  return `sum by (le) (increase(${series}[${overMs / 1000}s]))`;
}

/** Both arms in one answer are both read at one instant. */
function byArm(
  metric: string,
  label: string,
  { family, target, podHash }: PodQuery,
  arms: readonly Arm[],
  baseline: boolean,
): string {
  const parts = arms.flatMap((arm) => {
    const series = selector(metric, family.conditions(target, arm, podHash));
    const queries = [sumBy([family.pod, label], series, baseline), scrapeTimes(family.pod, series)];
    return [...queries, ...(baseline ? history(family.pod, series) : [])].map((query) => named(query, ARM, arm));
  });
  return parts.join(' or ');
}
