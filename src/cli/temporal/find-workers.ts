import type { Client } from '@temporalio/client';
import { clusterQueue, WORKFLOW_QUEUE, waitQueue } from '../../contract/ids.ts';
import { within } from '../../temporal/calls.ts';
import type { Workers } from '../render/picture.ts';

const WORKFLOW = 1;
const ACTIVITY = 2;

/** A long poll lasts up to a minute, and a poller is only seen when it begins one. */
const POLLER_AGE_MS = 75_000;

/** Whether workers were seen lately on every queue that a rollout of this cluster needs. */
export async function findWorkers(client: Client, cluster: string): Promise<Workers> {
  return unpolledQueues(client, cluster).then(
    (unpolled) => (unpolled.length === 0 ? 'polling' : 'none'),
    () => 'unknown',
  );
}

/** @param host of the workers that count, default any @returns queues that a rollout needs and that no worker was seen on lately */
export async function unpolledQueues(client: Client, cluster: string, host?: string): Promise<string[]> {
  const queues = [
    [WORKFLOW_QUEUE, WORKFLOW],
    [clusterQueue(cluster), ACTIVITY],
    [waitQueue(cluster), ACTIVITY],
  ] as const;
  const polled = await Promise.all(queues.map(([queue, kind]) => isPolled(client, queue, kind, host)));
  return queues.filter((_, at) => !polled[at]).map(([queue]) => queue);
}

/** Identities are `<pid>@<host>` by default of the SDK. */
async function isPolled(client: Client, name: string, taskQueueType: number, host?: string): Promise<boolean> {
  const request = { namespace: client.options.namespace, taskQueue: { name }, taskQueueType };
  const { pollers } = await within(client, () => client.workflowService.describeTaskQueue(request));
  const here = (pollers ?? []).filter(({ identity }) => host === undefined || identity?.endsWith(`@${host}`));
  return here.some(({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < POLLER_AGE_MS);
}
