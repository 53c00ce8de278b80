/**
 * Numbers about traffic: a client for the Prometheus HTTP API, the queries over Istio's standard metrics and the arithmetic
 * of counters. Verdicts are not made here (src/judge), and nothing here knows Temporal or Kubernetes.
 */
export type { ConnectionOptions, ProxyChoice } from './connection.ts';
export { CounterDifference } from './counters.ts';
export { IntervalSampler } from './interval-sampler.ts';
export { MirrorSeries } from './mirror-series.ts';
export { NO_METRICS } from './no-metrics.ts';
export { type OwnSeries, ownSeriesOf } from './pods/own-series.ts';
export { PodPages } from './pods/pod-pages.ts';
export { type PodAddress, PodSampler } from './pods/pod-sampler.ts';
export { inspectData, SourceAway } from './preflight/index.ts';
export { learnFromPrimary } from './primary-history.ts';
export {
  type OpenMetrics,
  Prometheus,
  type PrometheusClient,
  type QueryOutcome,
  type Sample,
} from './prometheus.ts';
export { askChecks } from './query-checks.ts';
export { familyOf } from './request-queries.ts';
export { SharedQueries } from './shared-queries.ts';
export { isEmpty, lateness, sourceQuestion } from './source-question.ts';
export { SourceWatch } from './source-watch.ts';
export { type AskWeb, webNumber } from './web-number.ts';
