/**
 * Kubernetes: one pooled client with timeouts and typed errors, fenced writes, and what Sluice needs to know of Deployments,
 * autoscalers, pods and configuration. Nothing about routes (see `src/routers`), and no decision of the rollout itself.
 */
export type * from './client/client.ts';
export { type ClusterConnection, type ConnectOptions, connect } from './client/connect.ts';
export { ClusterError, type ClusterErrorReason } from './client/errors.ts';
export { type Drift, type FencedChange, type FencedResult, fencedPatch, type WriteAs } from './writes/fenced-patch.ts';
export { Refusal, type RefusalKind } from './writes/refusals.ts';
