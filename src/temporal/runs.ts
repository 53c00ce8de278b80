import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { grpcStatus, NOT_FOUND, within } from './calls.ts';
import { eventsToJson, type RunJson } from './chain.ts';
import { asObject, decodeFirst } from './payload.ts';

/** A rollout spans few runs; the limit only ends a chain that nobody expects. */
const MOST_RUNS = 50;
const TIMEOUT_MS = 30_000;

/**
 * The runs of one rollout with all their events, oldest first; they begin where Temporal has forgotten the one before.
 * @param runId the last run to read; absent: the newest
 * @param timeoutMs of each call
 * @throws WorkflowNotFoundError when there is no such run
 */
export async function readRuns(
  client: Client,
  workflowId: string,
  runId?: string,
  timeoutMs = TIMEOUT_MS,
): Promise<RunJson[]> {
  const newest = () => within(client, () => client.workflow.getHandle(workflowId).describe(), timeoutMs);
  const last = runId ?? (await newest()).runId;
  const runs: RunJson[] = [];
  for (let run: string | undefined = last; run && runs.length < MOST_RUNS; ) {
    const handle: WorkflowHandle = client.workflow.getHandle(workflowId, run);
    const history = await within(client, () => handle.fetchHistory(), timeoutMs).catch((error) => {
      // what the client makes of it in other calls it leaves as it is here
      if (grpcStatus(error) !== NOT_FOUND) throw error;
      if (runs.length > 0) return undefined;
      throw new WorkflowNotFoundError('there is no such run', workflowId, run);
    });
    if (!history) break;
    runs.unshift({ run, events: eventsToJson(history) });
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    const { carried } = asObject<{ carried: unknown }>(decodeFirst(started?.input));
    run = carried ? started?.continuedExecutionRunId || undefined : undefined;
  }
  return runs;
}
