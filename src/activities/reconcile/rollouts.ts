/** What Temporal knows of the rollouts of a cluster: its half of `sluice reconcile`. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { rolloutWorkflowId } from '../../contract/ids.ts';
import type { ReconcileControlActivities, Target } from '../../contract/reconcile.ts';

interface Deps {
  client: Client;
}

/** Workflows that are read for the names of their namespaces. */
const MOST_READ = 5_000;
const CALL_TIMEOUT_MS = 5_000;

export function createRolloutNamespaces({ client }: Deps): ReconcileControlActivities['rolloutNamespaces'] {
  return async ({ cluster }) => {
    const found = new Set<string>();
    let read = 0;
    for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'rollout'", pageSize: 200 })) {
      const [, itsCluster, namespace] = workflowId.split('/');
      if (itsCluster === cluster && namespace) found.add(namespace);
      read += 1;
      if (read >= MOST_READ) break;
    }
    return [...found].sort();
  };
}

/** By workflow id, not from the list, which lags behind. */
export function createWithoutWorkflow({ client }: Deps): ReconcileControlActivities['withoutWorkflow'] {
  return async ({ cluster, targets }) => {
    const alone: Target[] = [];
    for (const target of targets) {
      if (!(await isRunning(client, rolloutWorkflowId(cluster, target.namespace, target.plan)))) alone.push(target);
    }
    return alone;
  };
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
