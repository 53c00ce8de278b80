import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { rolloutWorkflowId } from '../../contract/ids.ts';
import type { PlanRef, ReconcileControlActivities } from '../../contract/reconcile.ts';

type Work = ReconcileControlActivities['withoutWorkflow'];

const CALL_TIMEOUT_MS = 5_000;

/** Those of the targets that no workflow runs for. By workflow id, not from the list, which lags behind. */
export async function withoutWorkflow(client: Client, { cluster, targets }: Parameters<Work>[0]): Promise<PlanRef[]> {
  const alone: PlanRef[] = [];
  for (const target of targets) {
    if (!(await isRunning(client, rolloutWorkflowId(cluster, target.namespace, target.plan)))) alone.push(target);
  }
  return alone;
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
