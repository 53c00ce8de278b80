/** Where requests and answer times come from: Istio's proxies, Envoy's own counters, or the application itself. */

import type { SeriesPlan } from '../contract/analysis.ts';
import type { Conditions } from '../promql/quote.ts';
import { type Arm, anyPodPattern, podPattern, type SeriesTarget } from './istio-series.ts';
import { outcomeOf, type RequestOutcome } from './outcome.ts';
import type { SourceLabels } from './prometheus.ts';

/** A counter of requests: a metric, or several that differ in the last part of their names. */
export interface RequestCounter {
  metric: string | { pattern: string };
  /** Metric that tells when it was scraped. Default: itself. */
  scraped?: string;
  /** Value of the family's last label for all it counts; absent: its series have labels. */
  code?: string;
}

export interface SeriesFamily {
  requests: RequestCounter[];
  /** Labels that tell what became of a request: what was answered comes first, code and gRPC status. */
  labels: string[];
  /** Reads their values. */
  outcomeOf: (labels: readonly string[]) => RequestOutcome;
  /** Buckets of answer times; absent: there are none. */
  durations?: string;
  /** Milliseconds in one unit of the buckets' bounds. */
  msPerUnit: number;
  /** Label with the name of the pod. */
  pod: string;
  /** What selects the pods of one arm, one way or another; of the canary only those of one revision. */
  conditions: (target: SeriesTarget, arm: Arm, podHash: string) => Conditions[];
  /** What selects the answer times of callers who left; absent: they have none. */
  leavers?: (target: SeriesTarget, arm: Arm, podHash: string) => Conditions[];
  /** The callers' proxies report as well. */
  sources: boolean;
}

/**
 * Standard metrics: istio.io/docs/reference/config/metrics. The label with the pod comes from the scrape configuration. A waypoint
 * reports for the pods behind it, with its own name there: the workload tells the arms apart, nothing the revisions.
 */
function istio(podLabel: string): SeriesFamily {
  return {
    requests: [{ metric: 'istio_requests_total' }],
    labels: ['response_code', 'grpc_response_status', 'response_flags', 'request_protocol'],
    outcomeOf: ([code, status, flags, protocol]) => outcomeOf({ code, status, flags, protocol }),
    durations: 'istio_request_duration_milliseconds_bucket',
    msPerUnit: 1,
    pod: podLabel,
    conditions: (target, arm, podHash) => {
      const workload = ofWorkload(target, arm);
      if (arm === 'primary') return [{ ...workload, reporter: { pattern: 'destination|waypoint' } }];
      const pod = { pattern: podPattern(target.canary, podHash) };
      return [
        { ...workload, reporter: 'destination', [podLabel]: pod },
        { ...workload, reporter: 'waypoint' },
      ];
    },
    leavers: (target, arm) => [
      { ...ofWorkload(target, arm), response_code: { pattern: NO_ANSWER } },
      { ...ofWorkload(target, arm), grpc_response_status: '1' },
    ],
    sources: true,
  };
}

/** Codes of requests whose callers left. */
const NO_ANSWER = '0|499';

function ofWorkload(target: SeriesTarget, arm: Arm): Conditions {
  return { destination_workload_namespace: target.namespace, destination_workload: target[arm] };
}

/**
 * Envoy's cluster statistics upstream_rq_<code>, upstream_rq_<class> and upstream_rq_time (ms): envoyproxy.io, "Cluster manager
 * statistics". The labels are Envoy's own tags; Istio's bootstrap calls them `cluster_name`, `response_code` and
 * `response_code_class` (istio/istio, envoy_bootstrap.json, stats_tags).
 * @param labels what the metric source calls them; a plan's own names go first
 */
export function familyOf(series: SeriesPlan = { kind: 'istio' }, labels: SourceLabels = {}): SeriesFamily {
  if (series.kind === 'istio') return istio(labels.pod ?? 'pod');
  const pod = series.podLabel ?? labels.pod ?? 'pod';
  const of = byPod(pod, series.namespaceLabel ?? labels.namespace ?? 'namespace');
  const code = (series.kind === 'app' ? series.code : undefined) ?? labels.code ?? 'code';
  switch (series.kind) {
    case 'envoy':
      return {
        ...(series.protocol === 'grpc' ? ENVOY_CALLS : envoyRequests(series)),
        durations: 'envoy_cluster_upstream_rq_time_bucket',
        msPerUnit: 1,
        pod,
        conditions: of({ [series.clusterLabel ?? 'envoy_cluster_name']: series.cluster }),
        sources: false,
      };
    case 'app':
      return {
        requests: [{ metric: series.requests }],
        labels: series.grpcStatus ? [code, series.grpcStatus] : [code],
        outcomeOf: ([answered, status]) => outcomeOf({ code: answered, status }),
        ...(series.durations && { durations: `${series.durations}_bucket` }),
        msPerUnit: series.unit === 's' ? 1_000 : 1,
        pod,
        conditions: of(series.matchers ?? {}),
        leavers: of({ ...series.matchers, [series.grpcStatus ?? code]: LEFT }),
        sources: false,
      };
  }
}

/** How applications call a caller who left: nginx's 499, and the gRPC status in words and numbers. */
const LEFT = { pattern: '499|1|(StatusCode.)?(?i:cancell?ed)' };

/** A request that Envoy resets itself: its caller left, or it took too long and is a 504 too; neither has an answer time. */
const RESET = 'envoy_cluster_upstream_rq_tx_reset';

function envoyRequests(series: Extract<SeriesPlan, { kind: 'envoy' }>): Pick<SeriesFamily, Answers> {
  const metric = series.classes ? 'envoy_cluster_upstream_rq_xx' : 'envoy_cluster_upstream_rq';
  return {
    requests: [{ metric }, { metric: RESET, code: '499' }],
    labels: [series.codeLabel ?? (series.classes ? 'envoy_response_code_class' : 'envoy_response_code')],
    outcomeOf: ([code]) => outcomeOf({ code }),
  };
}

type Answers = 'requests' | 'labels' | 'outcomeOf';

/**
 * One counter for each status: envoyproxy.io, "gRPC statistics". Answers that Envoy makes itself are among them. PromQL's `or` does not
 * see names of metrics, so what is reset has a label of its own.
 */
const ENVOY_CALLS: Pick<SeriesFamily, Answers> = {
  requests: [
    { metric: { pattern: 'envoy_cluster_grpc_[0-9]+' }, scraped: 'envoy_cluster_grpc_total' },
    { metric: RESET, code: 'CANCELLED' },
  ],
  labels: ['__name__', 'reset'],
  outcomeOf: ([status, reset]) => outcomeOf({ status: reset || status, protocol: 'grpc' }),
};

function byPod(pod: string, namespace: string): (more: Conditions) => SeriesFamily['conditions'] {
  return (more) => (target, arm, podHash) => [
    {
      ...more,
      [namespace]: target.namespace,
      [pod]: { pattern: arm === 'canary' ? podPattern(target.canary, podHash) : anyPodPattern(target.primary) },
    },
  ];
}
