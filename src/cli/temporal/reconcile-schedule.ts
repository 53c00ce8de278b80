/** `sluice reconcile` as a Temporal Schedule: made once per cluster, changed in place afterwards. */

import { type Client, ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { reconcileWorkflowId, WORKFLOW_QUEUE } from '../../contract/ids.ts';
import { WORKFLOWS } from '../../contract/messages.ts';
import type { ReconcileInput } from '../../contract/reconcile.ts';
import { within } from '../../temporal/calls.ts';

/** Missed looks are not made up for: the next one sees everything. */
const CATCH_UP = '1 minute';
const LONGEST = '10 minutes';

export interface ReconcileSchedule extends ReconcileInput {
  /** ms between two looks. */
  everyMs: number;
}

/** @returns whether it was there before */
export async function putReconcileSchedule(
  client: Client,
  schedule: ReconcileSchedule,
): Promise<'created' | 'updated'> {
  const { everyMs, ...input } = schedule;
  const scheduleId = reconcileWorkflowId(input.cluster);
  const definition = {
    spec: { intervals: [{ every: everyMs }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP },
    action: {
      type: 'startWorkflow' as const,
      workflowType: WORKFLOWS.reconcile,
      workflowId: `${scheduleId}/scheduled`,
      taskQueue: WORKFLOW_QUEUE,
      args: [input],
      workflowExecutionTimeout: LONGEST,
    },
  };
  try {
    await within(client, () => client.schedule.create({ scheduleId, ...definition }));
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  await within(client, () =>
    client.schedule.getHandle(scheduleId).update(({ state }) => ({ ...definition, state: { ...state } })),
  );
  return 'updated';
}

/** @returns false when there was none */
export async function removeReconcileSchedule(client: Client, cluster: string): Promise<boolean> {
  try {
    await within(client, () => client.schedule.getHandle(reconcileWorkflowId(cluster)).delete());
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}
