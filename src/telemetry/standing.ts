/** How everything stands, read from Temporal in one go: no worker is asked, and none is woken. */
import type { Client } from '@temporalio/client';
import { clusterQueue, WORKFLOW_QUEUE, waitQueue } from '../contract/ids.ts';
import { within } from '../temporal/calls.ts';
import { ACTIVITY, queueLoad, WORKFLOW } from '../temporal/pollers.ts';
import { askedSince } from './asked-since.ts';
import { type OpenWork, openWork } from './open-work.ts';

const PLACE = ['cluster', 'namespace'];
const QUEUE = ['cluster', 'task_queue', 'type'];

/** Labels and meaning of what is told. */
export const GAUGES = {
  sluice_rollouts: [[...PLACE, 'state'], 'Open rollouts.'],
  sluice_exposed: [
    [...PLACE, 'kind'],
    'Rollouts and mirrors by which users, or copies of their requests, may reach a canary.',
  ],
  sluice_broken: [[...PLACE, 'kind'], 'Rollouts and mirrors whose decisions fail again and again.'],
  sluice_needs_you_since_timestamp_seconds: [
    PLACE,
    'Since when the rollout that has waited longest has needed people.',
  ],
  sluice_task_queue_pollers: [QUEUE, 'Workers seen on the queue.'],
  sluice_task_queue_backlog: [QUEUE, 'Tasks that wait, about.'],
  sluice_task_queue_backlog_age_seconds: [QUEUE, 'For how long the oldest of them has waited.'],
} satisfies Record<string, [labels: string[], meaning: string]>;

/** Values by labels; those with the same labels are one sum. */
export type StandingSamples = Record<keyof typeof GAUGES, [labels: Record<string, string>, value: number][]>;

/** Shorter than the time-out of a scrape, ms. */
const LOOK_MS = 3_000;
/** Rollouts, of those that began first, whose histories are asked since when they need people. */
const MOST_ASKED = 20;

/** @param cluster whose queues are looked at also when nothing of it is open  @throws when Temporal does not say it within 3 s */
export function readStanding(client: Client, cluster: string): Promise<StandingSamples> {
  const read = async (): Promise<StandingSamples> => {
    const open = await openWork(client);
    const clusters = [...new Set([cluster, ...open.map((work) => work.cluster)])];
    const [asked, queues] = await Promise.all([askedOf(client, open), queuesOf(client, clusters)]);
    const counted = (which: (work: OpenWork) => boolean, last: 'state' | 'kind') =>
      open.filter(which).map((work): [Record<string, string>, number] => {
        return [{ cluster: work.cluster, namespace: work.namespace, [last]: work[last] }, 1];
      });
    return {
      sluice_rollouts: counted(({ kind }) => kind === 'rollout', 'state'),
      sluice_exposed: counted(({ isExposed }) => isExposed, 'kind'),
      sluice_broken: counted(({ isBroken }) => isBroken, 'kind'),
      sluice_needs_you_since_timestamp_seconds: asked,
      sluice_task_queue_pollers: queues.map(({ queue, pollers }) => [queue, pollers]),
      sluice_task_queue_backlog: queues.map(({ queue, backlog }) => [queue, backlog]),
      sluice_task_queue_backlog_age_seconds: queues.map(({ queue, oldestS }) => [queue, oldestS]),
    };
  };
  return within(client, read, LOOK_MS);
}

function askedOf(client: Client, open: readonly OpenWork[]) {
  const asking = open.filter(({ state }) => state === 'needs-you').slice(-MOST_ASKED);
  const places = Map.groupBy(asking, ({ cluster, namespace }) => `${cluster}/${namespace}`);
  return Promise.all(
    [...places].map(async ([place, works]): Promise<[Record<string, string>, number]> => {
      const [cluster = '', namespace = ''] = place.split('/');
      return [
        { cluster, namespace },
        Math.min(
          ...(await Promise.all(works.map(({ workflowId, runId }) => askedSince(client, { workflowId, runId })))),
        ),
      ];
    }),
  );
}

/** Workflows share one queue, whichever cluster they are about. The caller gives it an end. */
export function queuesOf(client: Client, clusters: readonly string[]) {
  const queues = [
    { cluster: '', task_queue: WORKFLOW_QUEUE, type: 'workflow' },
    { cluster: '', task_queue: WORKFLOW_QUEUE, type: 'activity' },
    ...clusters.flatMap((cluster) =>
      [clusterQueue(cluster), waitQueue(cluster)].map((task_queue) => ({ cluster, task_queue, type: 'activity' })),
    ),
  ];
  return Promise.all(
    queues.map(async (queue) => {
      const load = await queueLoad(client, queue.task_queue, queue.type === 'workflow' ? WORKFLOW : ACTIVITY);
      return { queue, ...load };
    }),
  );
}
