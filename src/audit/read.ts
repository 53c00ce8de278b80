import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { rolloutId } from '../contract/ids.ts';
import { chain, type RunJson } from '../temporal/chain.ts';
import { readRuns } from '../temporal/runs.ts';
import { type ToldRollout, tellRollout } from './told.ts';

/**
 * All runs of one rollout.
 * @param which a number, 7 of reviews-7, or the id of its last run; absent: the newest
 * @throws WorkflowNotFoundError when there is none
 */
export async function readRollout(client: Client, workflowId: string, which?: string): Promise<RunJson[]> {
  const run = which && /^\d+$/.test(which) ? await lastRun(client, workflowId, Number(which)) : which;
  return readRuns(client, workflowId, run);
}

/** What they tell. */
export async function readAudit(client: Client, workflowId: string, which?: string): Promise<ToldRollout> {
  const runs = await readRollout(client, workflowId, which);
  return tellRollout(runs, chain(runs));
}

/** Newest first, as Temporal lists them. */
async function lastRun(client: Client, workflowId: string, epoch: number): Promise<string> {
  const rollout = rolloutId(workflowId.split('/').at(-1) ?? '', epoch);
  if (workflowId.includes("'")) throw new WorkflowNotFoundError('no workflow has such an id', workflowId, undefined);
  const query = `WorkflowId = '${workflowId}' AND SluiceRollout = '${rollout}'`;
  for await (const { runId } of client.workflow.list({ query, pageSize: 1 })) return runId;
  throw new WorkflowNotFoundError(`no run of ${rollout}`, workflowId, undefined);
}
