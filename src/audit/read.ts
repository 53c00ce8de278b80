import type { Client } from '@temporalio/client';
import { within } from '../temporal/calls.ts';
import { decodeHistory } from './history.ts';
import type { AuditRecord } from './record.ts';

/** A rollout spans few runs; the limit only ends a chain that nobody expects. */
const MOST_RUNS = 50;
const TIMEOUT_MS = 30_000;

/**
 * The records of one rollout, oldest first, through all of its runs.
 * @param runId the last run to read; absent: the newest
 * @throws WorkflowNotFoundError when there is no such run
 */
export async function readAudit(client: Client, workflowId: string, runId?: string): Promise<AuditRecord[]> {
  const { runId: newest } = await within(
    client,
    () => client.workflow.getHandle(workflowId, runId).describe(),
    TIMEOUT_MS,
  );
  const records: AuditRecord[] = [];
  let run: string | undefined = newest;
  for (let count = 0; run && count < MOST_RUNS; count += 1) {
    const handle = client.workflow.getHandle(workflowId, run);
    const { events } = await within(client, () => handle.fetchHistory(), TIMEOUT_MS);
    const decoded = decodeHistory(events ?? [], run);
    records.unshift(...decoded.records);
    run = decoded.continues;
  }
  return records;
}
