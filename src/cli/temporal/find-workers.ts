import type { Client } from '@temporalio/client';
import { clusterQueue, WORKFLOW_QUEUE, waitQueue } from '../../contract/ids.ts';
import { within } from '../../steering/calls.ts';
import type { Workers } from '../render/picture.ts';

const WORKFLOW = 1;
const ACTIVITY = 2;

/** A long poll lasts up to a minute, and a poller is only seen when it begins one. */
const POLLER_AGE_MS = 75_000;

/** Whether workers were seen lately on every queue that a rollout of this cluster needs. */
export async function findWorkers(client: Client, cluster: string): Promise<Workers> {
  const queues = [
    [WORKFLOW_QUEUE, WORKFLOW],
    [clusterQueue(cluster), ACTIVITY],
    [waitQueue(cluster), ACTIVITY],
  ] as const;
  try {
    const polled = await Promise.all(queues.map(([queue, kind]) => isPolled(client, queue, kind)));
    return polled.every(Boolean) ? 'polling' : 'none';
  } catch {
    return 'unknown';
  }
}

async function isPolled(client: Client, name: string, taskQueueType: number): Promise<boolean> {
  const request = { namespace: client.options.namespace, taskQueue: { name }, taskQueueType };
  const { pollers } = await within(client, () => client.workflowService.describeTaskQueue(request));
  return (pollers ?? []).some(
    ({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < POLLER_AGE_MS,
  );
}
