/** How everything stands, read from Temporal in one go. */
import type { Client } from '@temporalio/client';
import { clusterQueue, WORKFLOW_QUEUE, waitQueue } from '../contract/ids.ts';
import { WORKFLOWS } from '../contract/messages.ts';
import { OUTCOMES } from '../contract/view.ts';
import { within } from '../temporal/calls.ts';
import { ACTIVITY, type QueueLoad, queueLoad, WORKFLOW } from '../temporal/pollers.ts';
import { askedSince } from './asked-since.ts';
import { type OpenWork, openWork } from './open-work.ts';

/** Shorter than the time-out of a scrape, ms. */
const LOOK_MS = 3_000;
/** Rollouts, of those that began first, whose histories are asked since when they need people. */
const MOST_ASKED = 20;
const DAY_MS = 24 * 60 * 60_000;

export interface Standing {
  open: OpenWork[];
  /** `since`: Unix time, s. */
  asked: (Pick<OpenWork, 'cluster' | 'namespace'> & { since: number })[];
  /** Within the last 24 hours. */
  ended: { outcome: string; count: number }[];
  /** As they are labelled. */
  queues: { queue: { cluster: string; task_queue: string; type: string }; load: QueueLoad }[];
}

/** @param cluster whose queues are looked at also when nothing of it is open  @throws when Temporal does not say it within 3 s */
export function readStanding(client: Client, cluster: string): Promise<Standing> {
  const read = async () => {
    const [open, ended] = await Promise.all([openWork(client), endedLately(client)]);
    const [asked, queues] = await Promise.all([askedOf(client, open), queuesOf(client, cluster, open)]);
    return { open, ended, asked, queues };
  };
  return within(client, read, LOOK_MS);
}

function askedOf(client: Client, open: readonly OpenWork[]): Promise<Standing['asked']> {
  const asking = open.filter(({ state }) => state === 'needs-you').slice(-MOST_ASKED);
  return Promise.all(
    asking.map(async (work) => {
      const { cluster, namespace } = work;
      return { cluster, namespace, since: await askedSince(client, work) };
    }),
  );
}

/** What became of rollouts; `lost`: terminated, failed or timed out, so that nothing brings them to their end. */
function endedLately(client: Client): Promise<Standing['ended']> {
  const since = `WorkflowType = '${WORKFLOWS.rollout}' AND CloseTime > '${new Date(Date.now() - DAY_MS).toISOString()}'`;
  const lost = `ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut')`;
  const kinds = OUTCOMES.map((outcome): [string, string] => [
    outcome,
    `ExecutionStatus IN ('Completed', 'ContinuedAsNew') AND SluiceState = '${outcome}'`,
  ]);
  return Promise.all(
    [...kinds, ['lost', lost] as const].map(async ([outcome, which]) => {
      const { count } = await client.workflow.count(`${since} AND ${which}`);
      return { outcome, count };
    }),
  );
}

/** Workflows share one queue, whichever cluster they are about. */
function queuesOf(client: Client, own: string, open: readonly OpenWork[]): Promise<Standing['queues']> {
  const clusters = [...new Set([own, ...open.map(({ cluster }) => cluster)])];
  const queues = [
    { cluster: '', task_queue: WORKFLOW_QUEUE, type: 'workflow' },
    { cluster: '', task_queue: WORKFLOW_QUEUE, type: 'activity' },
    ...clusters.flatMap((cluster) => [
      { cluster, task_queue: clusterQueue(cluster), type: 'activity' },
      { cluster, task_queue: waitQueue(cluster), type: 'activity' },
    ]),
  ];
  return Promise.all(
    queues.map(async (queue) => {
      const load = await queueLoad(client, queue.task_queue, queue.type === 'workflow' ? WORKFLOW : ACTIVITY);
      return { queue, load };
    }),
  );
}
