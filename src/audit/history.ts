import type { Action, ActionAnswer, Proof, ProofInput } from '../contract/action.ts';
import { offerUpdate } from '../contract/messages.ts';
import type { Offer, OfferAnswer } from '../contract/offer.ts';
import { STEPS, type StepName, stepNumber } from '../contract/steps.ts';
import { asObject, asText, decodeFirst, decodeOne } from '../temporal/payload.ts';
import { resultOf, stepOf, whyOf } from './activities.ts';
import { causeOf, endOf } from './end.ts';
import { type HistoryEvent, type HistoryEvents, SLUICE } from './event.ts';
import type { AuditRecord } from './record.ts';

/** What the start of a run tells besides its record. */
export interface DecodedHistory {
  records: AuditRecord[];
  /** The run before this one, when this run goes on with the same rollout. */
  continues?: string;
}

/**
 * Reads the history of one run. Pure: the same events give the same records.
 * @param run Temporal run id, copied to every record
 */
export function decodeHistory(events: HistoryEvents, run: string): DecodedHistory {
  const decoder = new Decoder(run);
  for (const event of events) decoder.read(event);
  return decoder.finish();
}

interface Scheduled {
  type: string;
  input: unknown;
  what: string;
  step?: number;
  at: string;
  event: number;
  attempt: number;
}

/** Keeps what later events refer to by id. */
class Decoder {
  private readonly run: string;
  private readonly records: AuditRecord[] = [];
  private readonly activities = new Map<string, Scheduled>();
  private readonly timers = new Map<string, string>();
  private readonly updates = new Map<string, { name: string; record: AuditRecord }>();
  private readonly actions = new Map<string, AuditRecord>();
  private step?: number;
  private continues?: string;

  constructor(run: string) {
    this.run = run;
  }

  finish(): DecodedHistory {
    for (const open of this.activities.values()) {
      if (!isAboutProof(open))
        this.records.push({ ...this.told(open), at: open.at, event: open.event, result: 'under way' });
    }
    return { records: this.records, continues: this.continues };
  }

  read(event: HistoryEvent): void {
    this.readLife(event);
    this.readActivity(event);
    this.readMessage(event);
    this.readTimer(event);
  }

  private add(event: HistoryEvent, fields: Omit<AuditRecord, 'at' | 'run' | 'event'>): AuditRecord {
    const record = { at: timeOf(event), step: this.step, ...fields, run: this.run, event: Number(event.eventId) };
    this.records.push(record);
    return record;
  }

  /** How the run began, where it is, and how it ended. */
  private readLife(event: HistoryEvent): void {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started) this.readStart(event, decodeFirst(started.input), started.continuedExecutionRunId ?? '');
    const attributes = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
    const name = decodeOne(attributes?.SluiceStep);
    // A keyword may come as the word or as a list of one.
    const step = STEPS.find((line) => line.name === (Array.isArray(name) ? name[0] : name))?.name as
      | StepName
      | undefined;
    if (step) this.step = stepNumber(step);
    const end = endOf(event);
    if (end) this.add(event, end);
  }

  private readStart(event: HistoryEvent, input: unknown, before: string): void {
    const { offer, carried } = asObject<{ offer: Offer; carried: unknown }>(input);
    if (carried && before) this.continues = before;
    this.add(event, {
      who: sourceOf(offer),
      what: carried
        ? 'the rollout goes on in a new run'
        : `deploy event ${offer?.event?.image ?? 'with a new configuration'}`,
      why: offer?.event?.reason,
      result: carried ? `goes on from run ${before}` : `taken as ${offer?.id ?? 'unknown'}`,
    });
  }

  private readActivity(event: HistoryEvent): void {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const type = scheduled.activityType?.name ?? 'unknown';
      const input = decodeFirst(scheduled.input);
      const what = asText(decodeOne(event.userMetadata?.summary)) ?? type;
      const step = stepOf(type, input) ?? this.step;
      this.activities.set(String(event.eventId), {
        type,
        input,
        what,
        step,
        at: timeOf(event),
        event: Number(event.eventId),
        attempt: 1,
      });
    }
    const started = event.activityTaskStartedEventAttributes;
    const open = started && this.activities.get(String(started.scheduledEventId));
    if (open) open.attempt = started.attempt ?? 1;
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed)
      this.closeActivity(
        event,
        completed.scheduledEventId,
        (type) => resultOf(type, decodeFirst(completed.result)),
        completed.result,
      );
    const failed = event.activityTaskFailedEventAttributes;
    if (failed) this.closeActivity(event, failed.scheduledEventId, () => `failed: ${causeOf(failed.failure)}`);
    const timedOut = event.activityTaskTimedOutEventAttributes;
    if (timedOut) this.closeActivity(event, timedOut.scheduledEventId, () => `timed out: ${causeOf(timedOut.failure)}`);
    const canceled = event.activityTaskCanceledEventAttributes;
    if (canceled) this.closeActivity(event, canceled.scheduledEventId, () => 'ended early by a decision');
    const request = event.activityTaskCancelRequestedEventAttributes;
    if (request) this.markCancelled(event, request.scheduledEventId);
  }

  private closeActivity(
    event: HistoryEvent,
    id: unknown,
    result: (type: string) => string,
    raw?: Parameters<typeof decodeFirst>[0],
  ): void {
    const open = this.activities.get(String(id));
    if (!open) return;
    this.activities.delete(String(id));
    if (open.type === 'verifyActor') this.readProof(open.input, decodeFirst(raw));
    else if (!isAboutProof(open)) this.add(event, { ...this.told(open), result: result(open.type) });
  }

  /** TRY_CANCEL: the workflow does not wait for the end, so the request is the last word unless an end follows. */
  private markCancelled(event: HistoryEvent, id: unknown): void {
    this.closeActivity(event, id, () => 'ended early by a decision');
  }

  private told({
    type,
    input,
    what,
    step,
    attempt,
  }: Scheduled): Pick<AuditRecord, 'who' | 'what' | 'why' | 'step' | 'attempt' | 'run'> {
    return {
      who: SLUICE,
      what,
      why: whyOf(type, input),
      step,
      attempt: attempt > 1 ? attempt : undefined,
      run: this.run,
    };
  }

  private readProof(input: unknown, proof: unknown): void {
    const { action } = asObject<ProofInput>(input);
    const { person } = asObject<Extract<Proof, { person: unknown }>>(proof);
    const record = this.actions.get(action?.id ?? '');
    if (record && person) record.who = `${personOf({ actor: person })} (verified)`;
  }

  private readMessage(event: HistoryEvent): void {
    const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
    const request = accepted?.acceptedRequest?.input;
    if (accepted && request) {
      const name = request.name ?? 'update';
      const record = this.readUpdate(event, name, decodeFirst(request.args));
      this.updates.set(accepted.protocolInstanceId ?? String(event.eventId), { name, record });
    }
    const completed = event.workflowExecutionUpdateCompletedEventAttributes;
    const update = completed && this.updates.get(completed.meta?.updateId ?? '');
    if (update) update.record.result = answerText(update.name, completed.outcome);
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal) {
      this.add(event, {
        who: `temporal (unverified), ${signal.identity || 'unknown sender'}`,
        what: signal.signalName ?? 'signal',
        why: asText(decodeFirst(signal.input)),
        result: 'taken',
      });
    }
  }

  private readUpdate(event: HistoryEvent, name: string, argument: unknown): AuditRecord {
    if (name === offerUpdate.name) {
      const offer = asObject<Offer>(argument);
      const what = `deploy event ${offer.event?.image ?? 'with a new configuration'}`;
      return this.add(event, { who: sourceOf(offer), what, why: offer.event?.reason, result: 'taken' });
    }
    const action = asObject<Action>(argument);
    const who = `${personOf(action)} (unverified)`;
    const what = [action.verb ?? name, action.question, action.answer].filter(Boolean).join(' ');
    const record = this.add(event, { who, what, why: action.reason, result: 'taken' });
    if (action.id) this.actions.set(action.id, record);
    return record;
  }

  private readTimer(event: HistoryEvent): void {
    const started = event.timerStartedEventAttributes;
    if (started) {
      const seconds = Number(started.startToFireTimeout?.seconds ?? 0);
      const summary = asText(decodeOne(event.userMetadata?.summary));
      this.timers.set(started.timerId ?? '', summary ?? `wait ${seconds} s`);
    }
    const fired = event.timerFiredEventAttributes;
    if (fired)
      this.add(event, { who: SLUICE, what: this.timers.get(fired.timerId ?? '') ?? 'wait', result: 'time is over' });
    const canceled = event.timerCanceledEventAttributes;
    if (canceled)
      this.add(event, { who: SLUICE, what: this.timers.get(canceled.timerId ?? '') ?? 'wait', result: 'ended early' });
  }
}

type UpdateOutcome = NonNullable<HistoryEvent['workflowExecutionUpdateCompletedEventAttributes']>['outcome'];

function answerText(name: string, outcome: UpdateOutcome): string {
  if (outcome?.failure) return `failed: ${causeOf(outcome.failure)}`;
  const value = decodeFirst(outcome?.success);
  if (name === offerUpdate.name) {
    const { status, rollout, reason } = asObject<OfferAnswer>(value);
    return [status ?? 'answered', rollout, reason].filter(Boolean).join(', ');
  }
  const { accepted, message } = asObject<ActionAnswer>(value);
  return `${accepted === false ? 'refused' : 'accepted'}${message ? `: ${message}` : ''}`;
}

function sourceOf(offer: Partial<Offer> | undefined): string {
  const { by, source } = offer?.event ?? {};
  return [by && `${by} (unverified)`, source].filter(Boolean).join(' · ') || 'unknown source';
}

/** What is asked to know who asked is told with the action. */
function isAboutProof({ type }: Scheduled): boolean {
  return type === 'verifyActor' || type === 'needsProof';
}

function personOf(action: Partial<Action>): string {
  return [action.actor?.name, action.actor?.channel].filter(Boolean).join(' · ') || 'unknown';
}

function timeOf(event: HistoryEvent): string {
  const { seconds, nanos } = event.eventTime ?? {};
  return new Date(Number(seconds ?? 0) * 1000 + Math.floor((nanos ?? 0) / 1e6)).toISOString();
}
