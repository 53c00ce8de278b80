/** Names that several processes must agree on. */

/** Queue of workflows and of the activities that need no cluster. */
export const WORKFLOW_QUEUE = 'sluice';

/** Queue of cluster writes and quick reads. */
export function clusterQueue(cluster: string): string {
  return `sluice.${cluster}`;
}

/** Queue of watches and check intervals, so that an abort never stands behind them. */
export function waitQueue(cluster: string): string {
  return `sluice.${cluster}.wait`;
}

/** `rollout/<cluster>/<namespace>/<plan>`: one workflow per target, by construction. */
export function rolloutWorkflowId(cluster: string, namespace: string, plan: string): string {
  return `rollout/${cluster}/${namespace}/${plan}`;
}

/** Tells people what the rollouts of a plan hand over. */
export function noticesWorkflowId(cluster: string, namespace: string, plan: string): string {
  return `notices/${cluster}/${namespace}/${plan}`;
}

/** `delivery/<source>/<delivery id>/<namespace>/<plan>`: each plan of a delivery has a start of its own. @param offer its id */
export function deliveryWorkflowId(offer: string, { namespace, name }: { namespace: string; name: string }): string {
  return `delivery/${offer}/${namespace}/${name}`;
}

/** Looks for what lost rollouts left behind; each run gets a suffix. Also the id of the schedule. */
export function reconcileWorkflowId(cluster: string): string {
  return `reconcile/${cluster}`;
}

/** `<plan>-<epoch>` */
export function rolloutId(plan: string, epoch: number): string {
  return `${plan}-${epoch}`;
}

export const SEARCH_ATTRIBUTES = [
  'SluicePlan',
  'SluiceRollout',
  'SluiceState',
  'SluiceStep',
  'SluiceRevision',
] as const;

/** The operator's file, where no other is named: of the working directory. */
export const INSTALLATION_FILE = 'sluice.yaml';
