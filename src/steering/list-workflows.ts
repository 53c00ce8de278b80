import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { WORKFLOWS } from '../contract/messages.ts';

/** Visibility keeps old runs for as long as the namespace's retention. */
const MOST_READ = 1_000;

/**
 * The runs of a workflow type, newest first, as `toEntry` reads them; what it returns nothing for is left out.
 * @param most runs that are read
 */
export async function listWorkflows<Entry>(
  client: Client,
  type: keyof typeof WORKFLOWS,
  toEntry: (info: WorkflowExecutionInfo) => Entry | undefined,
  most = MOST_READ,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  let read = 0;
  for await (const info of client.workflow.list({ query: `WorkflowType = '${type}'`, pageSize: 200 })) {
    read += 1;
    if (read > most) break;
    const entry = toEntry(info);
    if (entry) entries.push(entry);
  }
  return entries;
}
