/** Where requests and answer times come from: Istio's proxies, Envoy's own counters, or the application itself. */

import type { SeriesPlan } from '../contract/plan.ts';
import type { Conditions } from '../promql/index.ts';
import { type Arm, anyPodPattern, podPattern, type SeriesTarget } from './istio-series.ts';

export interface SeriesFamily {
  /** Counter of requests, and its label with the response code. */
  requests: string;
  code: string;
  /** Buckets of answer times; absent: there are none. */
  durations?: string;
  /** Milliseconds in one unit of the buckets' bounds. */
  msPerUnit: number;
  /** Label with the name of the pod. */
  pod: string;
  /** What selects the pods of one arm; of the canary only those of one revision. */
  conditions: (target: SeriesTarget, arm: Arm, podHash: string) => Conditions;
  /** The callers' proxies report as well. */
  sources: boolean;
}

/** Standard metrics: istio.io/docs/reference/config/metrics. The label `pod` comes from the scrape configuration. */
const ISTIO: SeriesFamily = {
  requests: 'istio_requests_total',
  code: 'response_code',
  durations: 'istio_request_duration_milliseconds_bucket',
  msPerUnit: 1,
  pod: 'pod',
  conditions: (target, arm, podHash) => ({
    reporter: 'destination',
    destination_workload_namespace: target.namespace,
    destination_workload: target[arm],
    ...(arm === 'canary' && { pod: { pattern: podPattern(target.canary, podHash) } }),
  }),
  sources: true,
};

/**
 * Envoy's cluster statistics upstream_rq_<code>, upstream_rq_<class> and upstream_rq_time (ms): envoyproxy.io, "Cluster manager
 * statistics". The labels are Envoy's own tags; Istio's bootstrap calls them `cluster_name`, `response_code` and
 * `response_code_class` (istio/istio, envoy_bootstrap.json, stats_tags).
 */
export function familyOf(series: SeriesPlan = { kind: 'istio' }): SeriesFamily {
  switch (series.kind) {
    case 'istio':
      return ISTIO;
    case 'envoy':
      return {
        requests: series.classes ? 'envoy_cluster_upstream_rq_xx' : 'envoy_cluster_upstream_rq',
        code: series.codeLabel ?? (series.classes ? 'envoy_response_code_class' : 'envoy_response_code'),
        durations: 'envoy_cluster_upstream_rq_time_bucket',
        msPerUnit: 1,
        pod: series.podLabel,
        conditions: byPod(series, { [series.clusterLabel ?? 'envoy_cluster_name']: series.cluster }),
        sources: false,
      };
    case 'app':
      return {
        requests: series.requests,
        code: series.code,
        ...(series.durations && { durations: `${series.durations}_bucket` }),
        msPerUnit: series.unit === 's' ? 1_000 : 1,
        pod: series.podLabel,
        conditions: byPod(series, series.matchers ?? {}),
        sources: false,
      };
  }
}

function byPod(
  { podLabel, namespaceLabel }: { podLabel: string; namespaceLabel: string },
  more: Conditions,
): SeriesFamily['conditions'] {
  return (target, arm, podHash) => ({
    ...more,
    [namespaceLabel]: target.namespace,
    [podLabel]: { pattern: arm === 'canary' ? podPattern(target.canary, podHash) : anyPodPattern(target.primary) },
  });
}
