import type { Client } from '@temporalio/client';
import { WORKFLOWS } from '../../contract/messages.ts';
import type { UnservedCluster, WaitingWorkflow } from '../../contract/reconcile.ts';
import { UNSERVED_MS } from '../../contract/time-limits.ts';
import { within } from '../../temporal/calls.ts';
import { unpolledQueues } from '../../temporal/pollers.ts';

/** Workflows that are looked at one by one in each cluster. */
const MOST_TOLD = 50;
/** `PENDING_ACTIVITY_STATE_SCHEDULED` of Temporal's API: no worker has it. */
const SCHEDULED = 1;

/** Clusters with open rollouts or mirrors whose queues nobody polls. @param nowMs Temporal's clock */
export async function unservedClusters(client: Client, nowMs: number): Promise<UnservedCluster[]> {
  const unserved: UnservedCluster[] = [];
  for (const [cluster, ids] of await openByCluster(client)) {
    const queues = await unpolledQueues(client, cluster, { nowMs });
    if (queues.length === 0) continue;
    const waiting: WaitingWorkflow[] = [];
    for (const id of ids.slice(0, MOST_TOLD)) waiting.push(await waitingWorkflow(client, id));
    unserved.push({ cluster, queues, open: ids.length, waiting });
  }
  return unserved;
}

async function openByCluster(client: Client): Promise<Map<string, string[]>> {
  const query = `WorkflowType IN ('${WORKFLOWS.rollout}', '${WORKFLOWS.mirror}') AND ExecutionStatus = 'Running'`;
  const open = new Map<string, string[]>();
  for await (const { workflowId } of client.workflow.list({ query, pageSize: 200 })) {
    const [, cluster] = workflowId.split('/');
    if (cluster) open.set(cluster, [...(open.get(cluster) ?? []), workflowId]);
  }
  return open;
}

async function waitingWorkflow(client: Client, workflowId: string): Promise<WaitingWorkflow> {
  const { raw } = await within(client, () => client.workflow.getHandle(workflowId).describe());
  const since = (raw.pendingActivities ?? [])
    .filter(({ state }) => state === SCHEDULED)
    // what waits for any worker was scheduled when nobody had taken the work itself
    .map(({ scheduledTime, activityType }) => {
      const at = Number(scheduledTime?.seconds ?? 0) * 1000;
      return activityType?.name === 'awaitWorker' ? at - UNSERVED_MS : at;
    });
  return { workflowId, ...(since.length > 0 && { since: new Date(Math.min(...since)).toISOString() }) };
}
