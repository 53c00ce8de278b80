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
  const seen = new Set<string>();
  const done: AuditExport = { files: 0 };
  // newest first: the run in which a rollout ended, or is
  for await (const info of client.workflow.list({ query: `WorkflowType = '${WORKFLOWS.rollout}'`, pageSize: 500 })) {
    const { workflowId, runId: run, status } = info;
    const epoch = epochOf(info);
    const name = `${workflowId} ${epoch}`;
    if (workflowId.split('/')[1] !== cluster || epoch === undefined || seen.has(name)) continue;
    seen.add(name);
    if (kept.has(run) || ['RUNNING', 'PAUSED'].includes(status.name)) continue;
    if (Date.now() > until) break;
    const isNew = await keepOne(client, dir, { workflowId, epoch, run }).catch((error) => {
      done.problem ??= `${name}: ${reason(error)}`;
    });
    if (isNew) done.files += 1;
  }
  return done;
}

async function keepOne(client: Client, dir: string, of: Omit<KeptAudit, 'path'>): Promise<boolean> {
  const runs = await readRuns(client, of.workflowId, of.run).catch((error) => {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  });
  const last = runs.at(-1)?.events.at(-1);
  if (!last) return false;
  const file = auditFile(runs, await ownMaker());
  // the list lags behind: it goes on in a run that is not listed yet
  const goesOn = last.workflowExecutionContinuedAsNewEventAttributes !== undefined && !file.told.outcome;
  return !goesOn && keep(dir, of, file);
}
