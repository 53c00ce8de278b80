/** Who polls which queue, as Temporal saw it lately. */
import type { Client } from '@temporalio/client';
import { clusterQueue, WORKFLOW_QUEUE, waitQueue } from '../contract/ids.ts';
import { within } from './calls.ts';

/** `TASK_QUEUE_TYPE_…` of Temporal's API. */
export const WORKFLOW = 1;
export const ACTIVITY = 2;

/** A long poll lasts up to a minute, and a poller is only seen when it begins one. */
const SEEN_WITHIN_MS = 75_000;

export interface PollerOptions {
  /** ms; default 75 000. */
  seenWithinMs?: number;
  /** ms of Temporal's clock. Default: this machine's, which is good enough to show and to warn. */
  nowMs?: number;
}

/** Workers that were seen on the queue lately. */
export async function pollersOf(client: Client, name: string, taskQueueType: number, options: PollerOptions = {}) {
  const request = { namespace: client.options.namespace, taskQueue: { name }, taskQueueType };
  const { pollers } = await within(client, () => client.workflowService.describeTaskQueue(request));
  return (pollers ?? []).filter((one) => seenLately(one, options));
}

function seenLately(
  { lastAccessTime }: { lastAccessTime?: { seconds?: unknown } | null },
  { seenWithinMs = SEEN_WITHIN_MS, nowMs = Date.now() }: PollerOptions = {},
): boolean {
  return nowMs - Number(lastAccessTime?.seconds ?? 0) * 1000 < seenWithinMs;
}

/** Workers that were seen on the queue lately, and about how many tasks wait, the oldest for so long. The caller gives it an end. */
export async function queueLoad(client: Client, name: string, taskQueueType: number) {
  const request = { namespace: client.options.namespace, taskQueue: { name }, taskQueueType, reportStats: true };
  const { pollers, stats } = await client.workflowService.describeTaskQueue(request);
  const backlog = Number(stats?.approximateBacklogCount ?? 0);
  const oldestS = backlog > 0 ? Number(stats?.approximateBacklogAge?.seconds ?? 0) : 0;
  return { pollers: (pollers ?? []).filter((one) => seenLately(one)).length, backlog, oldestS };
}

/** Those of the cluster's queues that nobody polls. @param host of the workers that count, default any */
export async function unpolledQueues(
  client: Client,
  cluster: string,
  { host, ...options }: PollerOptions & { host?: string } = {},
): Promise<string[]> {
  const queues = [clusterQueue(cluster), waitQueue(cluster)];
  const polled = await Promise.all(queues.map((queue) => isPolled(client, queue, ACTIVITY, host, options)));
  return queues.filter((_, at) => !polled[at]);
}

/** The queue of the workflows, of all clusters. */
export function workflowsArePolled(client: Client, host?: string): Promise<boolean> {
  return isPolled(client, WORKFLOW_QUEUE, WORKFLOW, host);
}

/** Identities are `<pid>@<host>` by default of the SDK. */
async function isPolled(client: Client, queue: string, type: number, host?: string, options: PollerOptions = {}) {
  const pollers = await pollersOf(client, queue, type, options);
  return pollers.some(({ identity }) => host === undefined || identity?.endsWith(`@${host}`));
}
