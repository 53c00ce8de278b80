import type { Offer } from '../contract/offer.ts';
import type { RolloutView } from '../contract/view.ts';
import { asObject, asText, decodeFirst } from '../temporal/payload.ts';
import { type HistoryEvent, SLUICE } from './event.ts';
import type { AuditRecord } from './record.ts';

/** How a run ended, or was asked to end; undefined for every other event. */
export function endOf(event: HistoryEvent): Pick<AuditRecord, 'who' | 'what' | 'why' | 'result'> | undefined {
  const what = 'end of the run';
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed) {
    const { outcome } = asObject<RolloutView>(decodeFirst(completed.result));
    return { who: SLUICE, what: 'outcome', why: outcome?.reason, result: outcome?.kind ?? 'ended' };
  }
  const continued = event.workflowExecutionContinuedAsNewEventAttributes;
  if (continued) {
    const { carried, offer } = asObject<{ carried: unknown; offer: Offer }>(decodeFirst(continued.input));
    const next = carried ? 'the same rollout goes on' : `${offer?.event?.image ?? 'a newer revision'} follows`;
    return { who: SLUICE, what, why: next, result: `continued in run ${continued.newExecutionRunId}` };
  }
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (terminated)
    return { who: terminated.identity || 'temporal', what, why: asText(terminated.reason), result: 'terminated' };
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed) return { who: SLUICE, what, result: `failed: ${causeOf(failed.failure)}` };
  const requested = event.workflowExecutionCancelRequestedEventAttributes;
  const cancel = { who: requested?.identity || 'temporal', what: 'cancel the workflow', result: 'taken' };
  if (requested) return { ...cancel, why: asText(requested.cause) };
  if (event.workflowExecutionCanceledEventAttributes) return { who: SLUICE, what, result: 'cancelled' };
  return event.workflowExecutionTimedOutEventAttributes ? { who: 'temporal', what, result: 'timed out' } : undefined;
}

export interface ActivityEnd {
  /** Event in which it was scheduled. */
  id: unknown;
  /** Absent: it has a result. */
  how?: string;
  value?: unknown;
}

/** How an activity ended; TRY_CANCEL: the workflow does not wait for it, so the request is the last word unless an end follows. */
export function activityEnd(event: HistoryEvent): ActivityEnd | undefined {
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) return { id: completed.scheduledEventId, value: decodeFirst(completed.result) };
  const failed = event.activityTaskFailedEventAttributes;
  if (failed) return { id: failed.scheduledEventId, how: `failed: ${causeOf(failed.failure)}` };
  const timedOut = event.activityTaskTimedOutEventAttributes;
  if (timedOut) return { id: timedOut.scheduledEventId, how: `timed out: ${causeOf(timedOut.failure)}` };
  const early = event.activityTaskCanceledEventAttributes ?? event.activityTaskCancelRequestedEventAttributes;
  return early ? { id: early.scheduledEventId, how: 'ended early by a decision' } : undefined;
}

interface Failure {
  message?: string | null;
  cause?: Failure | null;
}

/** The deepest cause says most. */
export function causeOf(failure: Failure | null | undefined): string {
  return failure?.cause ? causeOf(failure.cause) : failure?.message || 'no reason given';
}
