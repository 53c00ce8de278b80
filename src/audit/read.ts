import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { rolloutId } from '../contract/ids.ts';
import { chain, type RunJson } from '../temporal/chain.ts';
import { readRuns } from '../temporal/runs.ts';
import { type ToldRollout, tellRollout } from './told.ts';

/** Which rollout of a plan; neither: the newest. */
interface WhichRollout {
  /** Temporal's id of its last run. */
  run?: string;
  /** `<plan>-<epoch>` */
  rollout?: string;
}

/** @param which a number, 7 of reviews-7, or a run id; absent: the newest */
export function whichRollout(plan: string, which: string | undefined): WhichRollout {
  return which && /^\d+$/.test(which) ? { rollout: rolloutId(plan, Number(which)) } : { run: which };
}

/** All runs of one rollout. @throws WorkflowNotFoundError when there is none */
export async function readRollout(client: Client, workflowId: string, which: WhichRollout): Promise<RunJson[]> {
  return readRuns(client, workflowId, which.rollout ? await lastRun(client, workflowId, which.rollout) : which.run);
}

/** What they tell. */
export async function readAudit(client: Client, workflowId: string, which: WhichRollout): Promise<ToldRollout> {
  const runs = await readRollout(client, workflowId, which);
  return tellRollout(runs, chain(runs));
}

/** Newest first, as Temporal lists them. */
async function lastRun(client: Client, workflowId: string, rollout: string): Promise<string> {
  if (workflowId.includes("'")) throw new WorkflowNotFoundError('no workflow has such an id', workflowId, undefined);
  const query = `WorkflowId = '${workflowId}' AND SluiceRollout = '${rollout}'`;
  for await (const { runId } of client.workflow.list({ query, pageSize: 1 })) return runId;
  throw new WorkflowNotFoundError(`no run of ${rollout}`, workflowId, undefined);
}
