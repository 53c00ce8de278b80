import type { Client } from '@temporalio/client';
import { keywordOf } from '../audit/event.ts';

/** As many as Temporal gives at once. */
const NEWEST_EVENTS = 256;

/** Since when a rollout has needed people, Unix time in s, as its newest events say; where they do not, at least so long. */
export async function askedSince(client: Client, execution: { workflowId: string; runId: string }): Promise<number> {
  const request = { namespace: client.options.namespace, execution, maximumPageSize: NEWEST_EVENTS };
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse(request);
  const events = history?.events ?? [];
  const begun = events.find((event) => keywordOf(event, 'SluiceState') === 'needs-you') ?? events.at(-1);
  return Number(begun?.eventTime?.seconds ?? Date.now() / 1000);
}
