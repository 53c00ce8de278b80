/**
 * Kubernetes: one pooled client with timeouts and typed errors, fenced writes, and what Sluice needs to know of Deployments,
 * autoscalers, pods and configuration. Nothing about routes (see `src/routers`), and no decision of the rollout itself.
 */
export type * from './client/client.ts';
export { clusterUid, UnknownCluster } from './client/cluster-uid.ts';
export { type ClusterConnection, connect } from './client/connect.ts';
export { rehearsalOf } from './writes/rehearsal.ts';
