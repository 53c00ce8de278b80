import type { Info } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import { noticesWorkflowId } from '../contract/ids.ts';
import { lookSignal, type NoticesWorkflow, newsSignal, WORKFLOWS } from '../contract/messages.ts';
import { type LookAgain, type News, recipientsOf } from '../contract/notice.ts';
import { SIGNAL_MS } from '../contract/time-limits.ts';
import { hashOfActivity } from '../temporal/chain.ts';
import { readRuns } from '../temporal/runs.ts';

/** Leaves the signal its time. */
const HEAD_MS = 4_000;

type Asked = Pick<Info, 'workflowExecution' | 'activityId'>;

/**
 * Starts the notices of the plan or reaches those that run: a signal is stored either way. Safe to repeat: news that were heard
 * already say nothing.
 * @param taskQueue of the workflows
 * @param asked the activity that the rollout asked for it: up to there its history is the result's
 */
export async function handOverNews(client: Client, taskQueue: string, news: News, asked: Asked): Promise<void> {
  const signalled = news.ended ? { ...news, head: await headOf(client, asked) } : news;
  await signalNotices(client, taskQueue, news.view, newsSignal, signalled);
}

/** Something has begun: whoever shows rollouts as they go looks at it, and webhooks are told. Mail is not; safe to repeat. */
export async function handOverBegin(client: Client, taskQueue: string, begun: LookAgain): Promise<void> {
  const cares = begun.object || recipientsOf(begun.notify ?? []).some(({ channel }) => channel !== 'email');
  if (cares) await signalNotices(client, taskQueue, begun, lookSignal, begun);
}

async function signalNotices<Message>(
  client: Client,
  taskQueue: string,
  { cluster, namespace, plan }: LookAgain,
  signal: SignalDefinition<[Message]>,
  message: Message,
): Promise<void> {
  await client.withDeadline(Date.now() + SIGNAL_MS, () =>
    client.workflow.signalWithStart<NoticesWorkflow, [Message]>(WORKFLOWS.notices, {
      workflowId: noticesWorkflowId(cluster, namespace, plan),
      taskQueue,
      args: [{}],
      signal,
      signalArgs: [message],
      staticSummary: `what people are told of ${namespace}/${plan} in ${cluster}`,
    }),
  );
}

/** People are told without it rather than late. */
async function headOf(client: Client, { workflowExecution, activityId }: Asked): Promise<string | undefined> {
  const { workflowId = '', runId } = workflowExecution ?? {};
  const runs = await readRuns(client, workflowId, runId, HEAD_MS).catch(() => []);
  return hashOfActivity(runs, activityId);
}
