import type { Client } from '@temporalio/client';
import type { ReconcileControlActivities } from '../../contract/reconcile.ts';
import { listWorkflows } from '../../steering/list-workflows.ts';

type Work = ReconcileControlActivities['rolloutNamespaces'];

/** Workflows that are read for the names of their namespaces. */
const MOST_READ = 5_000;

/** Namespaces in which a rollout of the cluster ever ran, as Temporal knows them. */
export async function rolloutNamespaces(client: Client, { cluster }: Parameters<Work>[0]): Promise<string[]> {
  const read = ({ workflowId }: { workflowId: string }) => {
    const [, its, namespace] = workflowId.split('/');
    return its === cluster ? namespace : undefined;
  };
  return [...new Set(await listWorkflows(client, 'rollout', read, MOST_READ))].sort();
}
