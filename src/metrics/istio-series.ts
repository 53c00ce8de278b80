/**
 * Queries over Istio's standard metrics: raw counters of single pods, never rates, so that growth is computed here and a
 * restart or a late scrape is seen. Names and labels: istio.io/docs/reference/config/metrics; the label `pod` comes from the
 * scrape configuration, as in Istio's own sample and in PodMonitors.
 */
import { anyOf, type Conditions, escapePattern, selector } from './promql.ts';

/** Whose traffic is measured. */
export interface SeriesTarget {
  namespace: string;
  /** Deployment names. */
  primary: string;
  canary: string;
  /** Services that callers use for each side; often the same one. */
  primaryService: { name: string; namespace: string };
  canaryService: { name: string; namespace: string };
}

/** Label that marks the helper series "when was this scraped" among the counters. */
export const FIGURE = 'figure';
export const SCRAPED = 'scraped';

/** How far back a baseline looks for a series that one failed scrape hides. */
const LOOK_BACK = '1m';

/** Kubernetes cuts a generated name's base here to have room for five random characters. Source: k8s.io/apiserver names.SimpleNameGenerator. */
const MAX_NAME_BASE = 58;

/** Pods of one revision: `<deployment>-<pod-template-hash>-<random>`. */
export function podPattern(deployment: string, podHash: string): string {
  return `${escapePattern(`${deployment}-${podHash}-`.slice(0, MAX_NAME_BASE))}[a-z0-9]+`;
}

/** Requests that the revision's pods answered, by pod and response code, and when each pod was scraped. */
export function podRequests(target: SeriesTarget, podHash: string, baseline: boolean): string {
  const series = selector('istio_requests_total', podConditions(target, podHash));
  return `${sumBy(['pod', 'response_code'], series, baseline)} or ${scrapeTimes('pod', series)}`;
}

/** Answer times of the revision's pods, by pod and upper bound in ms. */
export function podDurations(target: SeriesTarget, podHash: string, baseline: boolean): string {
  const series = selector('istio_request_duration_milliseconds_bucket', podConditions(target, podHash));
  return sumBy(['pod', 'le'], series, baseline);
}

export const SOURCE_LABELS = ['destination_service_name', 'destination_workload', 'response_code', 'response_flags'];

/**
 * What the callers' proxies saw of both sides, and when; requests without a chosen pod have the workload `unknown`.
 * @param scraped of several callers: when the first or the last of them was scraped
 */
export function sourceRequests(target: SeriesTarget, scraped: 'min' | 'max', baseline = false): string {
  const { primary, canary, primaryService, canaryService } = target;
  const series = selector('istio_requests_total', {
    reporter: 'source',
    destination_service_name: { pattern: anyOf([...new Set([primaryService.name, canaryService.name])]) },
    destination_service_namespace: {
      pattern: anyOf([...new Set([primaryService.namespace, canaryService.namespace])]),
    },
    destination_workload: { pattern: anyOf([primary, canary, 'unknown']) },
  });
  return `${sumBy(SOURCE_LABELS, series, baseline)} or ${scrapeTimes('destination_workload', series, scraped)}`;
}

/** Requests that reached any pod of the canary, as one number, whoever sent them. */
export function arrivedAtCanary({ namespace, canary }: SeriesTarget): string {
  const series = selector('istio_requests_total', {
    reporter: 'destination',
    destination_workload_namespace: namespace,
    destination_workload: canary,
  });
  return `sum(${series})`;
}

function podConditions({ namespace, canary }: SeriesTarget, podHash: string): Conditions {
  return {
    reporter: 'destination',
    destination_workload_namespace: namespace,
    destination_workload: canary,
    pod: { pattern: podPattern(canary, podHash) },
  };
}

export function sumBy(labels: string[], series: string, baseline: boolean): string {
  return `sum by (${labels.join(', ')}) (${baseline ? `last_over_time(${series}[${LOOK_BACK}])` : series})`;
}

/** `timestamp()` of a plain selector is the moment of the scrape; a sample's own time would be that of the query. */
export function scrapeTimes(label: string, series: string, of: 'min' | 'max' = 'max'): string {
  return `label_replace(${of} by (${label}) (timestamp(${series})), "${FIGURE}", "${SCRAPED}", "", "")`;
}
