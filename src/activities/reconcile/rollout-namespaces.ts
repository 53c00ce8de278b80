import type { Client } from '@temporalio/client';
import { WORKFLOWS } from '../../contract/messages.ts';
import type { ReconcileControlActivities } from '../../contract/reconcile.ts';

type Work = ReconcileControlActivities['rolloutNamespaces'];

/** Workflows that are read for the names of their namespaces. */
const MOST_READ = 5_000;

/** Namespaces in which a rollout of the cluster ever ran, as Temporal knows them. */
export async function rolloutNamespaces(client: Client, { cluster }: Parameters<Work>[0]): Promise<string[]> {
  const found = new Set<string>();
  let read = 0;
  for await (const { workflowId } of client.workflow.list({
    query: `WorkflowType = '${WORKFLOWS.rollout}'`,
    pageSize: 200,
  })) {
    const [, itsCluster, namespace] = workflowId.split('/');
    if (itsCluster === cluster && namespace) found.add(namespace);
    read += 1;
    if (read >= MOST_READ) break;
  }
  return [...found].sort();
}
