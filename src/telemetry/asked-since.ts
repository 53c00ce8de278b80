import type { Client } from '@temporalio/client';
import { keywordOf } from '../audit/event.ts';
import type { OpenWork } from './open-work.ts';

/** Events of a page, and pages that are read at most. */
const PAGE = 200;
const MOST_PAGES = 5;

/**
 * Since when a rollout has needed people without a break, Unix time in s: its history says when its state was published, and no worker is
 * asked. Behind a thousand events, and before the beginning of its run, nobody looks: it is at least so long then.
 */
export async function askedSince(
  client: Client,
  { workflowId, runId }: Pick<OpenWork, 'workflowId' | 'runId'>,
): Promise<number> {
  const { namespace } = client.options;
  const request = { namespace, execution: { workflowId, runId }, maximumPageSize: PAGE };
  let nextPageToken: Uint8Array | undefined;
  let seconds = Date.now() / 1000;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await client.workflowService.getWorkflowExecutionHistoryReverse({ ...request, nextPageToken });
    for (const event of answer.history?.events ?? []) {
      seconds = Number(event.eventTime?.seconds ?? seconds);
      if (keywordOf(event, 'SluiceState') === 'needs-you') return seconds;
    }
    nextPageToken = answer.nextPageToken;
    if (!nextPageToken?.length) break;
  }
  return seconds;
}
