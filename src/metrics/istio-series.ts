/**
 * Queries over Istio's standard metrics: raw counters of single pods, never rates, so that growth is computed here and a
 * restart or a late scrape is seen. Names and labels: istio.io/docs/reference/config/metrics; the label `pod` comes from the
 * scrape configuration, as in Istio's own sample and in PodMonitors.
 */
import { history, named, scrapeTimes, sumBy } from './helper-series.ts';
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

/** Kubernetes cuts a generated name's base here to have room for five random characters. Source: k8s.io/apiserver names.SimpleNameGenerator. */
const MAX_NAME_BASE = 58;

/** Pods of one revision: `<deployment>-<pod-template-hash>-<random>`. */
export function podPattern(deployment: string, podHash: string): string {
  return `${escapePattern(`${deployment}-${podHash}-`.slice(0, MAX_NAME_BASE))}[a-z0-9]+`;
}

/** Canary and primary: the two that are compared. */
export type Arm = 'primary' | 'canary';

/** Label that tells the arms apart in answers about pods. */
export const ARM = 'arm';

/** Requests that the pods of each arm answered, by arm, pod and response code; of the canary only those of one revision. */
export function podRequests(target: SeriesTarget, podHash: string, arms: readonly Arm[], baseline: boolean): string {
  return byArm('istio_requests_total', 'response_code', target, podHash, arms, baseline);
}

/** Answer times of the pods of each arm, by arm, pod and upper bound in ms. */
export function podDurations(target: SeriesTarget, podHash: string, arms: readonly Arm[], baseline: boolean): string {
  return byArm('istio_request_duration_milliseconds_bucket', 'le', target, podHash, arms, baseline);
}

/** Requests that the primary's pods answered, by pod and response code. */
export function primaryRequests(target: SeriesTarget): string {
  return sumBy(['pod', 'response_code'], selector('istio_requests_total', podConditions(target, 'primary', '')), false);
}

/** What the buckets of the primary's answer times grew by in the past, by upper bound in ms. */
export function primaryDurationsGrown(target: SeriesTarget, overMs: number): string {
  const series = selector('istio_request_duration_milliseconds_bucket', podConditions(target, 'primary', ''));
  return `sum by (le) (increase(${series}[${overMs / 1000}s]))`;
}

/** Both arms in one answer are both read at one instant. */
function byArm(
  metric: string,
  label: string,
  target: SeriesTarget,
  podHash: string,
  arms: readonly Arm[],
  baseline: boolean,
): string {
  const parts = arms.flatMap((arm) => {
    const series = selector(metric, podConditions(target, arm, podHash));
    const queries = [sumBy(['pod', label], series, baseline), scrapeTimes('pod', series)];
    return [...queries, ...(baseline ? history('pod', series) : [])].map((query) => named(query, ARM, arm));
  });
  return parts.join(' or ');
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

function podConditions(target: SeriesTarget, arm: Arm, podHash: string): Conditions {
  return {
    reporter: 'destination',
    destination_workload_namespace: target.namespace,
    destination_workload: target[arm],
    ...(arm === 'canary' && { pod: { pattern: podPattern(target.canary, podHash) } }),
  };
}
