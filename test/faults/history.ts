/** The runs of one rollout's workflow as Temporal keeps them. */

import type { Client } from '@temporalio/client';
import type { Action } from '../../src/contract/action.ts';
import { actionUpdate } from '../../src/contract/messages.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import type { TracedActivity, TracedRun } from './oracles/index.ts';

type Events = NonNullable<Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>['events']>;
type HistoryEvent = Events[number];
type Payload = { data?: Uint8Array | null } | undefined;

/** Every run of a workflow, in order of their start. */
export async function runsOf(client: Client, workflowId: string): Promise<TracedRun[]> {
  const runs: TracedRun[] = [];
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const { events } = await handle.fetchHistory();
    const run = tracedRun(runId, events ?? []);
    const open = run.closedAt === undefined;
    runs.push(open ? { ...run, view: await handle.query<RolloutView>('view').catch(() => undefined) } : run);
  }
  return runs.sort((a, b) => a.startedAt - b.startedAt);
}

/** Reads one run's history. */
export function tracedRun(runId: string, events: Events): TracedRun {
  const [first] = events;
  const last = events.at(-1);
  const completed = last?.workflowExecutionCompletedEventAttributes;
  const activities = activitiesOf(events);
  const view = completed
    ? (decode(completed.result?.payloads?.[0] as Payload) as RolloutView)
    : toldAtTheEnd(activities);
  return {
    runId,
    startedAt: first ? timeOf(first) : 0,
    ...(last && isEnd(last) && { closedAt: timeOf(last) }),
    ...(view && { view }),
    activities,
    ...(!completed && { taken: actionsTaken(events) }),
  };
}

/** A rollout that another one follows ends in a new run; what people were told is its last view. */
function toldAtTheEnd(activities: readonly TracedActivity[]): RolloutView | undefined {
  const told = activities.findLast(({ name, input }) => name === 'handOverNews' && input.ended);
  return told?.input.view as RolloutView | undefined;
}

/** Updates `action` that a run accepted. */
function actionsTaken(events: Events): string[] {
  return events.flatMap(({ workflowExecutionUpdateAcceptedEventAttributes: accepted }) => {
    const { name, args } = accepted?.acceptedRequest?.input ?? {};
    if (name !== actionUpdate.name) return [];
    return [(decode(args?.payloads?.[0] as Payload) as Action).id];
  });
}

function isEnd(event: HistoryEvent): boolean {
  return Boolean(
    event.workflowExecutionCompletedEventAttributes ??
      event.workflowExecutionContinuedAsNewEventAttributes ??
      event.workflowExecutionFailedEventAttributes ??
      event.workflowExecutionTerminatedEventAttributes ??
      event.workflowExecutionCanceledEventAttributes,
  );
}

/** In the order in which they ended; what did not end comes last. */
function activitiesOf(events: Events): TracedActivity[] {
  const open = new Map<string, TracedActivity>();
  const ended: TracedActivity[] = [];
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const input = decode(scheduled.input?.payloads?.[0] as Payload);
      open.set(String(event.eventId), {
        name: scheduled.activityType?.name ?? '',
        input: (input ?? {}) as Record<string, unknown>,
        at: timeOf(event),
      });
    }
    const end =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes;
    const activity = end && open.get(String(end.scheduledEventId));
    if (!activity) continue;
    open.delete(String(end.scheduledEventId));
    const result = event.activityTaskCompletedEventAttributes?.result?.payloads?.[0] as Payload;
    ended.push({ ...activity, endedAt: timeOf(event), ...(result && { result: decode(result) }) });
  }
  return [...ended, ...open.values()];
}

function decode(payload: Payload): unknown {
  const text = Buffer.from(payload?.data ?? '').toString();
  return text === '' ? undefined : JSON.parse(text);
}

function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
}
