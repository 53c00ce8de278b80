/**
 * Re-executes the workflow code against a recorded history. Temporal's replay itself compares which commands the code gives; here also
 * what is in them is compared: inputs of activities, answers to updates, summaries, the result, and what the next run begins with.
 */
import { setTimeout } from 'node:timers/promises';
import type { PayloadCodec } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import type { EventJson, RunJson } from '../temporal/chain.ts';
import { asObject } from '../temporal/payload.ts';
import { makerOf } from '../worker/maker.ts';
import { type AuditFinding, compare } from './difference.ts';

/** Thousands of events take seconds. */
const TIMEOUT_MS = 120_000;
const WHO = 'the workflow code, re-executed, says';

export interface Said {
  /** Id of the activity that it belongs to; absent: the workflow itself. */
  activity?: string;
  /** JSON */
  text: string;
}

interface RecordedSaid extends Said {
  event: EventJson;
  field: string;
}

export interface Reexecuted {
  /** What was recorded and the code does not say. */
  findings: AuditFinding[];
  /** How much it does say. */
  compared: number;
  /** What other workflow code decided, before an upgrade, and was not compared. */
  others: number;
}

/** @param codePath of the workflow bundle  @param bundle its SHA-256 */
export async function reexecute(
  { run, events }: RunJson,
  workflow: string,
  codePath: string,
  bundle: string,
): Promise<Reexecuted> {
  const said: Said[] = [];
  const problem = await replay(events, workflow, codePath, (one) => said.push(one));
  let maker = '';
  const recorded = events.flatMap((event) => {
    // what a workflow task has decided follows it
    if (event.workflowTaskCompletedEventAttributes) maker = makerOf(event).bundle ?? bundle;
    return recordedIn(event).map((one) => ({ ...one, ours: maker === bundle }));
  });
  const ours = recorded.filter((one) => one.ours);
  const unsaid = ours.filter(({ activity, text }) => {
    const at = said.findIndex((one) => one.activity === activity && one.text === text);
    if (at >= 0) said.splice(at, 1);
    return at < 0;
  });
  const findings = unsaid.flatMap((one) => differences(run, one, said));
  if (problem) findings.unshift({ run, ...stopped(problem, events) });
  return { findings, compared: ours.length - unsaid.length, others: recorded.length - ours.length };
}

/** @param hear told what the code says, in the order in which it does  @returns why it could not go to the end */
export async function replay(
  events: EventJson[],
  workflow: string,
  codePath: string,
  hear: (said: Said) => void,
): Promise<Error | undefined> {
  const codec: PayloadCodec = {
    async encode(payloads, context) {
      const activity = context?.type === 'activity' ? context.activityId : undefined;
      for (const { data } of payloads) hear({ activity, text: Buffer.from(data ?? []).toString() });
      return payloads;
    },
    decode: async (payloads) => payloads,
  };
  const options = { workflowBundle: { codePath }, dataConverter: { payloadCodecs: [codec] } };
  const replayed = Worker.runReplayHistory(options, { events }, workflow).then(
    () => undefined,
    (error: Error) => error,
  );
  // a history that no server could have written may leave the replayer without an answer
  return Promise.race([replayed, setTimeout(TIMEOUT_MS, new Error('it came to no end'), { ref: false })]);
}

type PayloadJson = { data?: string };
type Parts = Partial<Record<'input' | 'result' | 'success', { payloads?: PayloadJson[] }>>;

/** What of an event the workflow code has said. */
export function recordedIn(event: EventJson): RecordedSaid[] {
  const scheduled = asObject<Parts & { activityId: string }>(event.activityTaskScheduledEventAttributes);
  const { outcome } = asObject<{ outcome: Parts }>(event.workflowExecutionUpdateCompletedEventAttributes);
  const { result } = asObject<Parts>(event.workflowExecutionCompletedEventAttributes);
  const next = asObject<Parts>(event.workflowExecutionContinuedAsNewEventAttributes);
  const { summary } = asObject<{ summary: PayloadJson }>(event.userMetadata);
  const summarised = scheduled.activityId !== undefined || event.timerStartedEventAttributes !== undefined;
  const parts = Object.entries({
    input: scheduled.input ?? next.input,
    answer: outcome?.success,
    result,
    summary: { payloads: summary && summarised ? [summary] : [] },
  });
  return parts.flatMap(([field, part]) =>
    (part?.payloads ?? []).map(({ data = '' }) => ({
      activity: scheduled.activityId,
      event,
      field,
      text: Buffer.from(data, 'base64').toString(),
    })),
  );
}

/** Against what the code says in its place, where that can be told. */
function differences(run: string, { event, field, ...one }: RecordedSaid, left: readonly Said[]): AuditFinding[] {
  const about = { run, event: Number(event.eventId) };
  const instead = inPlaceOf(one, left);
  const found = instead ? compare(about, field, [parse(one.text), parse(instead.text)], WHO) : [];
  return found.length > 0 ? found : [{ ...about, field, problem: `${WHO} no such thing` }];
}

/** The same kind of thing for the same activity. */
export function inPlaceOf({ activity, text }: Said, left: readonly Said[]): Said | undefined {
  return left.find((one) => one.activity === activity && kindOf(parse(one.text)) === kindOf(parse(text)));
}

function kindOf(value: unknown): string {
  return value !== null && typeof value === 'object' ? Object.keys(value).slice(0, 2).join() : typeof value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The event that Temporal names, or the last of the history. */
function stopped({ message }: Error, events: readonly EventJson[]): Omit<AuditFinding, 'run'> {
  const [, id] = /\bid: (\d+)/.exec(message) ?? [];
  const problem = `the workflow code, re-executed, decides otherwise: ${message.split('\n', 1)[0]}`;
  return { event: Number(id ?? events.at(-1)?.eventId), field: 'order', problem };
}
