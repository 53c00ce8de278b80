import type { Client } from '@temporalio/client';
import { noticesWorkflowId } from '../contract/ids.ts';
import { type NoticesWorkflow, newsSignal, WORKFLOWS } from '../contract/messages.ts';
import type { News } from '../contract/notice.ts';
import { SIGNAL_MS } from '../contract/time-limits.ts';

/**
 * Starts the notices of the plan or reaches those that run: a signal is stored either way. Safe to repeat: news that were heard
 * already say nothing.
 * @param taskQueue of the workflows
 */
export async function handOverNews(client: Client, taskQueue: string, news: News): Promise<void> {
  const { cluster, namespace, plan } = news.view;
  await client.withDeadline(Date.now() + SIGNAL_MS, () =>
    client.workflow.signalWithStart<NoticesWorkflow, [News]>(WORKFLOWS.notices, {
      workflowId: noticesWorkflowId(cluster, namespace, plan),
      taskQueue,
      args: [{}],
      signal: newsSignal,
      signalArgs: [news],
      staticSummary: `what people are told of ${namespace}/${plan} in ${cluster}`,
    }),
  );
}
