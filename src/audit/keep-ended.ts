import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { WORKFLOWS } from '../contract/messages.ts';
import type { AuditExport } from '../contract/reconcile.ts';
import { reason } from '../temporal/calls.ts';
import { readRuns } from '../temporal/runs.ts';
import { ownMaker } from '../worker/maker.ts';
import { auditFile } from './file.ts';
import { type KeptAudit, keep, listKept } from './kept.ts';
import { epochOf } from './population.ts';

/**
 * Exports the audit of every rollout of the cluster that is over and has none in `dir` yet. One that cannot be exported keeps no other.
 * @param forMs after which no other is begun; the next call goes on
 * @throws when Temporal does not list them, or the directory cannot be read
 */
export async function keepEnded(client: Client, cluster: string, dir: string, forMs: number): Promise<AuditExport> {
  const until = Date.now() + forMs;
  const kept = new Set((await listKept(dir)).map(({ run }) => run));
  const done: AuditExport = { files: 0 };
  for (const one of await endedRollouts(client, cluster)) {
    if (kept.has(one.run)) continue;
    if (Date.now() > until) return done;
    const isNew = await keepOne(client, dir, one).catch((error) => {
      done.problem ??= `${one.workflowId}, ${one.epoch}: ${reason(error)}`;
    });
    if (isNew) done.files += 1;
  }
  return done;
}

type Ended = Omit<KeptAudit, 'path'>;

/** The newest run of each, where that is closed. */
async function endedRollouts(client: Client, cluster: string): Promise<Ended[]> {
  const newest = new Map<string, Ended & { open: boolean }>();
  for await (const info of client.workflow.list({ query: `WorkflowType = '${WORKFLOWS.rollout}'`, pageSize: 500 })) {
    const { workflowId, runId: run, status } = info;
    const epoch = epochOf(info);
    const key = `${workflowId} ${epoch}`;
    if (workflowId.split('/')[1] !== cluster || epoch === undefined || newest.has(key)) continue;
    newest.set(key, { workflowId, epoch, run, open: ['RUNNING', 'PAUSED'].includes(status.name) });
  }
  return [...newest.values()].flatMap(({ open, ...one }) => (open ? [] : [one]));
}

async function keepOne(client: Client, dir: string, { workflowId, epoch, run }: Ended): Promise<boolean> {
  const runs = await readRuns(client, workflowId, run).catch((error) => {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  });
  const last = runs.at(-1)?.events.at(-1);
  if (!last) return false;
  const file = auditFile(runs, await ownMaker());
  // the list lags behind: it goes on in a run that is not listed yet
  const goesOn = last.workflowExecutionContinuedAsNewEventAttributes !== undefined && !file.told.outcome;
  return !goesOn && keep(dir, { workflowId, epoch, run }, file);
}
