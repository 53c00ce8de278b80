import type { Action, ActionAnswer, Proof, ProofInput } from '../contract/action.ts';
import type { NewRevision } from '../contract/detected.ts';
import { offerUpdate, wakeSignal } from '../contract/messages.ts';
import type { Offer, OfferAnswer } from '../contract/offer.ts';
import { STEPS, type StepName, stepNumber } from '../contract/steps.ts';
import { asObject, asText, decodeFirst, decodeOne } from '../temporal/payload.ts';
import { resultOf, sawOf, stepOf, whyOf } from './activities.ts';
import { type ActivityEnd, activityEnd, causeOf, endOf } from './end.ts';
import { type HistoryEvent, type HistoryEvents, keywordOf, SLUICE } from './event.ts';
import { type OutcomeRecord, outcomeOf } from './outcome.ts';
import type { AuditRecord } from './record.ts';
import { WritesSoFar } from './writes.ts';

/** What a run tells besides its records. */
export interface DecodedHistory {
  records: AuditRecord[];
  /** The run before this one, when this run goes on with the same rollout. */
  continues?: string;
  /** Of the start. */
  workflow: string;
  cluster: string;
  offer?: Offer;
  /** `<plan>-<epoch>`; absent before step 1 has given it. */
  rollout?: string;
  outcome?: OutcomeRecord;
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
  told: Omit<AuditRecord, 'result'>;
}

/** Keeps what later events refer to by id. */
class Decoder {
  private readonly run: string;
  private readonly records: AuditRecord[] = [];
  private readonly activities = new Map<string, Scheduled>();
  private readonly timers = new Map<string, string>();
  private readonly updates = new Map<string, { name: string; record: AuditRecord }>();
  private readonly actions = new Map<string, AuditRecord>();
  private readonly writes = new WritesSoFar();
  private readonly began: Pick<DecodedHistory, 'workflow' | 'cluster' | 'offer'> = { workflow: '', cluster: '' };
  private rollout?: string;
  private state?: string;
  private outcome?: OutcomeRecord;
  private step?: number;
  private continues?: string;

  constructor(run: string) {
    this.run = run;
  }

  finish(): DecodedHistory {
    for (const open of this.activities.values()) {
      if (open.type !== 'verifyActor') this.records.push({ ...open.told, result: 'under way' });
    }
    const { records, continues, began, rollout, outcome } = this;
    return { records, continues, ...began, rollout, outcome };
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
    if (started) {
      this.began.workflow = started.workflowId ?? '';
      this.readStart(event, decodeFirst(started.input), started.continuedExecutionRunId ?? '');
    }
    const name = keywordOf(event, 'SluiceStep');
    const step = STEPS.find((line) => line.name === name)?.name as StepName | undefined;
    if (step) this.step = stepNumber(step);
    this.rollout = keywordOf(event, 'SluiceRollout') ?? this.rollout;
    this.state = keywordOf(event, 'SluiceState') ?? this.state;
    // what was told counts, and not the end that follows it
    if (!this.outcome?.told) this.outcome = outcomeOf(event, this.state) ?? this.outcome;
    const end = endOf(event);
    if (end) this.add(event, end);
  }

  private readStart(event: HistoryEvent, input: unknown, before: string): void {
    const {
      cluster = '',
      offer,
      carried,
    } = asObject<{ cluster: string; offer: Offer; carried: { detected?: NewRevision } }>(input);
    Object.assign(this.began, { cluster, offer });
    if (carried?.detected) this.writes.found(carried.detected);
    if (carried && before) this.continues = before;
    const result = carried ? `goes on from run ${before}` : `taken as ${offer?.id ?? 'unknown'}`;
    this.add(event, { ...toldOf(offer), ...(carried && { what: 'the rollout goes on in a new run' }), result });
  }

  private readActivity(event: HistoryEvent): void {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const type = scheduled.activityType?.name ?? 'unknown';
      const input = decodeFirst(scheduled.input);
      const what = asText(decodeOne(event.userMetadata?.summary)) ?? type;
      const step = stepOf(type, input) ?? this.step;
      const place = { at: timeOf(event), run: this.run, event: Number(event.eventId) };
      const told = { ...place, who: SLUICE, what, why: whyOf(type, input), step };
      this.activities.set(String(event.eventId), { type, input, told });
    }
    const started = event.activityTaskStartedEventAttributes;
    const open = started && this.activities.get(String(started.scheduledEventId));
    if (open && Number(started.attempt) > 1) open.told.attempt = Number(started.attempt);
    const end = activityEnd(event);
    if (end) this.closeActivity(event, end);
  }

  private closeActivity(event: HistoryEvent, { id, how, value }: ActivityEnd): void {
    const open = this.activities.get(String(id));
    if (!open) return;
    this.activities.delete(String(id));
    const { type, input, told } = open;
    if (type === 'detect') this.writes.found(asObject<NewRevision>(value));
    // what is asked to know who asked is told with the action
    if (type === 'verifyActor') return void this.readProof(input, value);
    const facts = how ? {} : { saw: sawOf(type, value), writes: this.writes.of(type, input, value) };
    const { at: _scheduled, event: _number, ...record } = told;
    this.add(event, { ...record, result: how ?? resultOf(type, value), ...facts });
  }

  private readProof(input: unknown, proof: unknown): void {
    const { action } = asObject<ProofInput>(input);
    const { person, right } = asObject<Extract<Proof, { person: unknown }>>(proof);
    const record = this.actions.get(action?.id ?? '');
    if (record && person) Object.assign(record, { who: `${personOf({ actor: person })} (verified)`, right, action });
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
    if (signal && signal.signalName !== wakeSignal.name) {
      this.add(event, {
        who: `temporal (unverified), ${signal.identity || 'unknown sender'}`,
        what: signal.signalName ?? 'signal',
        why: asText(decodeFirst(signal.input)),
        result: 'taken',
      });
    }
  }

  private readUpdate(event: HistoryEvent, name: string, argument: unknown): AuditRecord {
    if (name === offerUpdate.name) return this.add(event, { ...toldOf(asObject<Offer>(argument)), result: 'taken' });
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
    const ended = fired ?? event.timerCanceledEventAttributes;
    const what = this.timers.get(ended?.timerId ?? '') ?? 'wait';
    if (ended) this.add(event, { who: SLUICE, what, result: fired ? 'time is over' : 'ended early' });
  }
}

type UpdateOutcome = NonNullable<HistoryEvent['workflowExecutionUpdateCompletedEventAttributes']>['outcome'];

function answerText(name: string, outcome: UpdateOutcome): string {
  if (outcome?.failure) return `failed: ${causeOf(outcome.failure)}`;
  const value = decodeFirst(outcome?.success);
  if (name === offerUpdate.name) {
    const { status, rollout, running, reason } = asObject<OfferAnswer>(value);
    return [status ?? 'answered', rollout, running && `while ${running} runs`, reason].filter(Boolean).join(', ');
  }
  const { accepted, message } = asObject<ActionAnswer>(value);
  return `${accepted === false ? 'refused' : 'accepted'}${message ? `: ${message}` : ''}`;
}

function toldOf(offer: Partial<Offer> | undefined): Pick<AuditRecord, 'who' | 'what' | 'why'> {
  const { by, source, image = 'with a new configuration', reason } = offer?.event ?? {};
  const who = [by && `${by} (unverified)`, source].filter(Boolean).join(' · ') || 'unknown source';
  return { who, what: `deploy event ${image}`, why: reason };
}

function personOf(action: Partial<Action>): string {
  return [action.actor?.name, action.actor?.channel].filter(Boolean).join(' · ') || 'unknown';
}

function timeOf(event: HistoryEvent): string {
  const { seconds, nanos } = event.eventTime ?? {};
  return new Date(Number(seconds ?? 0) * 1000 + Math.floor((nanos ?? 0) / 1e6)).toISOString();
}
