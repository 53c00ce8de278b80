import {
  type Client,
  WorkflowContinuedAsNewError,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import type { RolloutView } from '../contract/view.ts';
import { ranOut, reason, within } from '../temporal/calls.ts';
import { type Live, liveOf } from './heartbeats.ts';

/** One look at one run of a workflow. */
export interface RunSnapshot<View = RolloutView> {
  runId: string;
  /** `lost`: terminated, failed or timed out, so nothing brings the rollout to its end. */
  status: 'running' | 'closed' | 'continued' | 'lost';
  /** Absent when no worker could answer and there is no result. */
  view?: View;
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
 * @param query answers with what the workflow returns at its end
 * @throws WorkflowNotFoundError when nothing ever ran under this id
 */
export async function takeSnapshot<View>(
  client: Client,
  query: QueryDefinition<View>,
  workflowId: string,
  runId?: string,
): Promise<RunSnapshot<View>> {
  const latest = client.workflow.getHandle(workflowId, runId, { followRuns: false });
  const description = await within(client, () => latest.describe());
  const handle = client.workflow.getHandle<() => Promise<View>>(workflowId, description.runId, { followRuns: false });
  const askView = () => queryView(client, handle, query);
  const base = { runId: description.runId, live: liveOf(description.raw.pendingActivities ?? []) };
  switch (description.status.name) {
    case 'RUNNING':
      return { ...base, status: 'running', ...(await askView()) };
    case 'COMPLETED':
      return { ...base, status: 'closed', view: await within(client, () => handle.result()) };
    case 'CONTINUED_AS_NEW':
      return { ...base, status: 'continued', nextRun: await nextRunOf(client, handle), ...(await askView()) };
    default:
      return {
        ...base,
        status: 'lost',
        trouble: await endOf(client, handle, description),
        ...lastView(await askView()),
      };
  }
}

async function queryView<View>(
  client: Client,
  handle: WorkflowHandle,
  query: QueryDefinition<View>,
): Promise<Pick<RunSnapshot<View>, 'view' | 'trouble'>> {
  try {
    return { view: await within(client, () => handle.query(query), QUERY_TIMEOUT_MS) };
  } catch (error) {
    // The words of a deadline change with every call; the fact does not.
    return { trouble: ranOut(error) ? 'no worker answers' : `no worker answers (${reason(error)})` };
  }
}

/** The reason why a run was lost matters more than a missing worker. */
function lastView<View>({ view }: Pick<RunSnapshot<View>, 'view'>): Pick<RunSnapshot<View>, 'view'> {
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
