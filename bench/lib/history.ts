/** The moments of a workflow run that Temporal wrote into its history. */
import type { WorkflowHandle } from '@temporalio/client';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type HistoryEvent = NonNullable<History['events']>[number];

export type MomentKind =
  | 'run started'
  | 'task scheduled'
  | 'task started'
  | 'update accepted'
  | 'scheduled'
  | 'started'
  | 'completed';

export interface HistoryMoment {
  kind: MomentKind;
  /** Type of the activity that was scheduled, started or completed. */
  activity?: string;
  /** ms since 1970. */
  at: number;
}

/** In the order of the history. An activity's start is the true one, though it is written down only at its end. */
export function momentsOf({ events }: History): HistoryMoment[] {
  const activities = new Map<string, string>();
  return (events ?? []).flatMap((event) => {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) activities.set(String(event.eventId), scheduled.activityType?.name ?? '');
    const found = momentOf(event);
    if (!found) return [];
    const activity = found.scheduledBy && activities.get(found.scheduledBy);
    return [{ kind: found.kind, ...(activity && { activity }), at: timeOf(event) }];
  });
}

/** @returns when the first such moment at or after `from` was; undefined when there is none */
export function firstMoment(moments: readonly HistoryMoment[], from: number, kind: MomentKind, activity?: string) {
  return moments.find((one) => one.at >= from && one.kind === kind && one.activity === activity)?.at;
}

function momentOf(event: HistoryEvent): { kind: MomentKind; scheduledBy?: string } | undefined {
  if (event.workflowExecutionStartedEventAttributes) return { kind: 'run started' };
  if (event.workflowTaskScheduledEventAttributes) return { kind: 'task scheduled' };
  if (event.workflowTaskStartedEventAttributes) return { kind: 'task started' };
  if (event.workflowExecutionUpdateAcceptedEventAttributes) return { kind: 'update accepted' };
  if (event.activityTaskScheduledEventAttributes) return { kind: 'scheduled', scheduledBy: String(event.eventId) };
  const started = event.activityTaskStartedEventAttributes;
  if (started) return { kind: 'started', scheduledBy: String(started.scheduledEventId) };
  const completed = event.activityTaskCompletedEventAttributes;
  return completed ? { kind: 'completed', scheduledBy: String(completed.scheduledEventId) } : undefined;
}

function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
}
