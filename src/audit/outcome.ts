import type { News } from '../contract/notice.ts';
import { isOutcome, type OutcomeKind, type RolloutView } from '../contract/view.ts';
import { asObject, decodeFirst } from '../temporal/payload.ts';
import type { HistoryEvent } from './event.ts';

/** How the rollout ended, and the event up to which the chain's head stands in the notices of it. */
export interface OutcomeRecord {
  kind: OutcomeKind;
  /** Absent: nobody was to be told, and a newer offer followed at once. */
  reason?: string;
  event: number;
  /** The event is the hand-over of the result to those who tell people. */
  told: boolean;
}

/** @param published the state in the search attributes so far, which is the outcome of an ended rollout */
export function outcomeOf(event: HistoryEvent, published: string | undefined): OutcomeRecord | undefined {
  const scheduled = event.activityTaskScheduledEventAttributes;
  const completed = event.workflowExecutionCompletedEventAttributes;
  const { ended, view } = asObject<News>(
    scheduled?.activityType?.name === 'handOverNews' ? decodeFirst(scheduled.input) : undefined,
  );
  const result = asObject<RolloutView>(decodeFirst(completed?.result));
  const continued = event.workflowExecutionContinuedAsNewEventAttributes ? published : undefined;
  const { kind = continued, reason } = (ended ? view : result)?.outcome ?? {};
  return isOutcome(kind) ? { kind, reason, event: Number(event.eventId), told: ended === true } : undefined;
}
