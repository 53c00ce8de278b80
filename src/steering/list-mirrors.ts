import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { MirrorOutcomeKind, MirrorState } from '../contract/mirror.ts';
import { listWorkflows } from './list-workflows.ts';

/** A mirror as the search attributes and the memo tell it: no worker is asked. */
export interface MirrorEntry {
  cluster: string;
  namespace: string;
  name: string;
  /** A state while it runs, an outcome afterwards; `lost` when the workflow was terminated or failed. */
  state: MirrorState | MirrorOutcomeKind | 'lost';
  /** What is copied, from where to where. */
  what: string;
  startedAt: string;
  endedAt?: string;
}

/** All there is to list, newest first. */
export function listMirrors(client: Client): Promise<MirrorEntry[]> {
  return listWorkflows(client, 'mirror', toEntry);
}

function toEntry(info: WorkflowExecutionInfo): MirrorEntry | undefined {
  const [, cluster, namespace, name] = /^mirror\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(info.workflowId) ?? [];
  if (!cluster || !namespace || !name || info.status.name === 'CONTINUED_AS_NEW') return undefined;
  const state = info.searchAttributes.SluiceState?.[0];
  const isOver = info.status.name !== 'RUNNING';
  const { what } = (info.memo ?? {}) as { what?: unknown };
  return {
    cluster,
    namespace,
    name,
    state: isOver && info.status.name !== 'COMPLETED' ? 'lost' : ((state ?? 'starting') as MirrorEntry['state']),
    what: typeof what === 'string' ? what : '',
    startedAt: info.startTime.toISOString(),
    ...(info.closeTime ? { endedAt: info.closeTime.toISOString() } : {}),
  };
}
