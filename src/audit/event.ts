import type { WorkflowHandle } from '@temporalio/client';
import { asText, decodeOne } from '../temporal/payload.ts';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** Events of a run as the Temporal client gives them. */
export type HistoryEvents = NonNullable<History['events']>;
export type HistoryEvent = HistoryEvents[number];

/** Who acts when no person does. */
export const SLUICE = 'sluice';

/** What the event writes into a search attribute of ours. A keyword may come as the word or as a list of one. */
export function keywordOf(event: HistoryEvent, name: string): string | undefined {
  const fields = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
  const value = decodeOne(fields?.[name]);
  return asText(Array.isArray(value) ? value[0] : value);
}
