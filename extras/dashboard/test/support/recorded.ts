/** Rollouts that were recorded: their ends as the histories have them, and by replay how they stood on the way. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RolloutView } from 'sluice/contract';
import type { Interval, Rollout } from 'sluice/server';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');

interface Payloads {
  payloads?: { data: string }[];
}

interface RecordedEvent {
  eventId: string;
  activityTaskScheduledEventAttributes?: { activityType: { name: string }; input: Payloads };
  activityTaskCompletedEventAttributes?: { scheduledEventId: string; result: Payloads };
  workflowExecutionCompletedEventAttributes?: { result: Payloads };
}

/** @param name of a file of test/histories without its end; default: the tour's */
export function eventsOf(name?: string): RecordedEvent[] {
  if (name) return read(join(ROOT, 'test', 'histories', `${name}.json`)).events;
  const { runs } = read(join(ROOT, 'lab', 'tour', 'recording.json'));
  return runs.flatMap((run: { events: { event: RecordedEvent }[] }) => run.events.map(({ event }) => event));
}

function read(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function first<T>({ payloads = [] }: Payloads): T | undefined {
  const [payload] = payloads;
  return payload && JSON.parse(Buffer.from(payload.data, 'base64').toString());
}

/** What the workflow returned. */
export function endOf(events: readonly RecordedEvent[]): RolloutView {
  const view = first<RolloutView>(events.at(-1)?.workflowExecutionCompletedEventAttributes?.result ?? {});
  if (!view) throw new Error('the recording has no end');
  return view;
}

/** What the checks found, as the API would tell it. */
export function intervalsOf(events: readonly RecordedEvent[]): Interval[] {
  return events.flatMap((event) => {
    const { scheduledEventId, result = {} } = event.activityTaskCompletedEventAttributes ?? {};
    const scheduled = events.find(({ eventId }) => eventId === scheduledEventId)?.activityTaskScheduledEventAttributes;
    if (scheduled?.activityType.name !== 'checkInterval') return [];
    const interval = first<Interval>(result);
    const { canary = 0 } = first<{ intent: { canary: number } }>(scheduled.input)?.intent ?? {};
    const stage = canary > 0 ? `${canary} %` : 'mirror';
    return interval?.verdict ? [{ ...interval, stage, run: '', event: Number(event.eventId) }] : [];
  });
}

export function rolloutOf(view: RolloutView, change: Partial<Rollout> = {}): Rollout {
  const run = { id: '01a22aa3-5da0-75ed-8ef1-9f88214680dc', status: view.endedAt ? 'closed' : 'running' } as const;
  return { ...(view as unknown as Rollout), run, live: {}, ...change };
}
