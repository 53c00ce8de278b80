/** A rollout with what is around it, as the API shows it. */
import type { Client } from '@temporalio/client';
import { rolloutWorkflowId } from '../../contract/ids.ts';
import { viewQuery } from '../../contract/messages.ts';
import { type RunSnapshot, takeSnapshot, untold, withUntold } from '../../steering/index.ts';
import { HttpError } from '../http-error.ts';
import { noWorker } from '../perform.ts';
import type { Rollout } from './schema/rollout.ts';

/** @returns the id of their workflow  @throws HttpError 404 for names that nothing can have */
export function workflowOf({ cluster, namespace, plan }: { cluster: string; namespace: string; plan: string }): string {
  if (![cluster, namespace, plan].every((name) => /^[\w.-]+$/.test(name))) throw new HttpError(404, NO_ROLLOUT);
  return rolloutWorkflowId(cluster, namespace, plan);
}

export const NO_ROLLOUT = {
  code: 'no-rollout',
  message: 'nothing was ever rolled out under this name',
  remedy: 'what there is: GET /api/v1/rollouts',
};

/**
 * @param run of the workflow; absent: the newest, with what people could not be told
 * @throws HttpError 503 no worker answers, 410 its workflow is gone and nobody knows how it stood
 * @throws WorkflowNotFoundError when nothing ever ran
 */
export async function readRollout(client: Client, workflowId: string, run?: string): Promise<Rollout> {
  const snapshot = await takeSnapshot(client, viewQuery, workflowId, run);
  const rollout = rolloutOf(snapshot);
  return run === undefined ? withUntold(rollout, await untold(client, rollout)) : rollout;
}

/** @throws HttpError as `readRollout` */
export function rolloutOf({ view, runId: id, status, live, trouble }: RunSnapshot): Rollout {
  if (view) return { ...view, run: { id, status, ...(trouble && { trouble }) }, live };
  if (status !== 'lost') throw noWorker(trouble ?? 'no worker answers');
  const message = `its workflow is gone (${trouble ?? 'nobody knows why'}), and no worker says how it stood`;
  throw new HttpError(410, { code: 'rollout-lost', message, remedy: 'bring to rest what is left: sluice reconcile' });
}
