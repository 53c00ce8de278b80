/**
 * Istio's standard metrics without Istio's own Envoy build: the series of a source proxy, made from its access log, and
 * the registry with which programs report as destinations. Pure apart from following a file and answering
 * GET /metrics; it knows pods only as peers and never talks to the Kubernetes API.
 */

export { parseAccessLogLine } from './access-log.ts';
export { followLines } from './follow.ts';
export { describePeer, type Peer } from './peer.ts';
export { MeshSeries } from './series.ts';
export { serveMetrics } from './server.ts';
export { sourceLabels } from './source-labels.ts';
