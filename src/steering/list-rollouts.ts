import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { isOutcome, type OutcomeKind, type RolloutStateName } from '../contract/view.ts';
import { listWorkflows } from './list-workflows.ts';

/** A rollout as the search attributes tell it: no worker is asked. */
export interface ListEntry {
  cluster: string;
  namespace: string;
  plan: string;
  /** Absent before the first step. */
  rollout?: string;
  revision?: string;
  /** A state while it runs, an outcome afterwards; `ended` without one, `lost` when the workflow was terminated or failed. */
  state: Exclude<RolloutStateName, 'ended'> | OutcomeKind | 'ended' | 'lost';
  step?: string;
  startedAt: string;
  endedAt?: string;
  runId: string;
}

/** All there is to list, newest first. */
export function listRollouts(client: Client): Promise<ListEntry[]> {
  return listWorkflows(client, 'rollout', toEntry);
}

/** @returns undefined for what is no rollout's id, and for a run that a later run of the same rollout goes on from */
export function toEntry(info: WorkflowExecutionInfo): ListEntry | undefined {
  const [, cluster, namespace, plan] = /^rollout\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(info.workflowId) ?? [];
  if (!cluster || !namespace || !plan) return undefined;
  const attribute = (name: string): string | undefined => {
    const value = info.searchAttributes[name]?.[0];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const state = attribute('SluiceState');
  const status = info.status.name;
  if (status === 'CONTINUED_AS_NEW' && !isOutcome(state)) return undefined;
  return {
    cluster,
    namespace,
    plan,
    rollout: attribute('SluiceRollout'),
    revision: attribute('SluiceRevision'),
    state: stateOf(status, state),
    step: attribute('SluiceStep'),
    startedAt: info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString(),
    runId: info.runId,
  };
}

export function stateOf(status: string, state: string | undefined): ListEntry['state'] {
  // The outcome is published when it is decided; until the way back is over the rollout is not at rest.
  if (status === 'RUNNING') return isOutcome(state) ? 'going-back' : ((state ?? 'starting') as ListEntry['state']);
  if (status !== 'COMPLETED' && status !== 'CONTINUED_AS_NEW') return 'lost';
  return isOutcome(state) ? state : 'ended';
}
