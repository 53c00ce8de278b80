import type { WorkflowHandle } from '@temporalio/client';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** Events of a run as the Temporal client gives them. */
export type HistoryEvents = NonNullable<History['events']>;
export type HistoryEvent = HistoryEvents[number];

/** Who acts when no person does. */
export const SLUICE = 'sluice';
