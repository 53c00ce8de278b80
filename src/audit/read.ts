import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { rolloutId } from '../contract/ids.ts';
import { chain, type RunJson } from '../temporal/chain.ts';
import { readRuns } from '../temporal/runs.ts';
import { findKept, type ReadAudit } from './kept.ts';
import { type ToldRollout, tellRollout } from './told.ts';

/**
 * All runs of one rollout.
 * @param which a number, 7 of reviews-7, or the id of its last run; absent: the newest
 * @throws WorkflowNotFoundError when there is none
 */
async function readRollout(client: Client, workflowId: string, which?: string): Promise<RunJson[]> {
  const run = which && /^\d+$/.test(which) ? await lastRun(client, workflowId, Number(which)) : which;
  return readRuns(client, workflowId, run);
}

/** Of Temporal, or else as it was exported. */
export type FoundAudit = Pick<ReadAudit, 'runs'> & { kept?: ReadAudit };

/** @param dir of exported audits; absent: there is none  @throws WorkflowNotFoundError when neither has it */
export async function findAudit(client: Client, workflowId: string, which?: string, dir?: string): Promise<FoundAudit> {
  try {
    return { runs: await readRollout(client, workflowId, which) };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const kept = dir === undefined ? undefined : await findKept(dir, workflowId, which);
    if (!kept) throw error;
    return { runs: kept.runs, kept };
  }
}

/** What they tell. */
export function toldBy(runs: readonly RunJson[]): ToldRollout {
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
