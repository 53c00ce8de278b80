import {
  type Client,
  WorkflowContinuedAsNewError,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { MESSAGES } from '../contract/ids.ts';
import type { RolloutView } from '../contract/view.ts';
import { ranOut, reason, within } from './calls.ts';
import { type Live, liveOf } from './heartbeats.ts';

/** One look at one run of a rollout workflow. */
export interface Snapshot {
  runId: string;
  /** `lost`: terminated, failed or timed out, so nothing brings the rollout to its end. */
  status: 'running' | 'closed' | 'continued' | 'lost';
  /** Absent when no worker could answer and there is no result. */
  view?: RolloutView;
  live: Live;
  /** The run that follows a continued one. */
  nextRun?: string;
  /** Why there is no view, or what became of a lost run. */
  trouble?: string;
}

/** A worker that is there answers a query within milliseconds. */
const QUERY_TIMEOUT_MS = 3_000;

/**
 * Reads the run, by default the newest one. A closed run is read from its result, so that no worker is needed for it.
 * @throws WorkflowNotFoundError when nothing ever ran under this id
 */
export async function takeSnapshot(client: Client, workflowId: string, runId?: string): Promise<Snapshot> {
  const latest = client.workflow.getHandle(workflowId, runId, { followRuns: false });
  const description = await within(client, () => latest.describe());
  const handle = client.workflow.getHandle(workflowId, description.runId, { followRuns: false });
  const base = { runId: description.runId, live: liveOf(description.raw.pendingActivities ?? []) };
  switch (description.status.name) {
    case 'RUNNING':
      return { ...base, status: 'running', ...(await queryView(client, handle)) };
    case 'COMPLETED':
      return { ...base, status: 'closed', view: (await within(client, () => handle.result())) as RolloutView };
    case 'CONTINUED_AS_NEW':
      return {
        ...base,
        status: 'continued',
        nextRun: await nextRunOf(client, handle),
        ...(await queryView(client, handle)),
      };
    default:
      return {
        ...base,
        status: 'lost',
        trouble: await endOf(client, handle, description),
        ...(await lastView(client, handle)),
      };
  }
}

async function queryView(client: Client, handle: WorkflowHandle): Promise<Pick<Snapshot, 'view' | 'trouble'>> {
  try {
    return { view: await within(client, () => handle.query<RolloutView>(MESSAGES.view), QUERY_TIMEOUT_MS) };
  } catch (error) {
    // The words of a deadline change with every call; the fact does not.
    return {
      trouble: ranOut(error) ? 'no worker answers' : `no worker answers (${reason(error)})`,
    };
  }
}

/** The reason why a run was lost matters more than a missing worker. */
async function lastView(client: Client, handle: WorkflowHandle): Promise<Pick<Snapshot, 'view'>> {
  const { view } = await queryView(client, handle);
  return view ? { view } : {};
}

async function nextRunOf(client: Client, handle: WorkflowHandle): Promise<string | undefined> {
  try {
    await within(client, () => handle.result());
  } catch (error) {
    if (error instanceof WorkflowContinuedAsNewError) return error.newExecutionRunId;
  }
  return undefined;
}

async function endOf(
  client: Client,
  handle: WorkflowHandle,
  { status }: WorkflowExecutionDescription,
): Promise<string> {
  const end = status.name.toLowerCase().replaceAll('_', ' ');
  try {
    await within(client, () => handle.result());
    return end;
  } catch (error) {
    return error instanceof WorkflowFailedError ? `${end}: ${reason(error.cause ?? error)}` : end;
  }
}
