import type { Client } from '@temporalio/client';
import { WORKFLOW_QUEUE } from '../../contract/ids.ts';
import { unpolledQueues, workflowsArePolled } from '../../temporal/pollers.ts';
import type { Workers } from '../render/picture.ts';

/** Whether workers were seen lately on every queue that a rollout of this cluster needs. */
export async function findWorkers(client: Client, cluster: string): Promise<Workers> {
  return queuesWithoutWorker(client, cluster).then(
    (unpolled) => (unpolled.length === 0 ? 'polling' : 'none'),
    () => 'unknown',
  );
}

/** @param host of the workers that count, default any @returns queues that a rollout needs and that no worker was seen on lately */
export async function queuesWithoutWorker(client: Client, cluster: string, host?: string): Promise<string[]> {
  const [workflows, queues] = await Promise.all([
    workflowsArePolled(client, host),
    unpolledQueues(client, cluster, { host }),
  ]);
  return [...(workflows ? [] : [WORKFLOW_QUEUE]), ...queues];
}
