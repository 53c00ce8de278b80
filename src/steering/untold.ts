import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { noticesWorkflowId } from '../contract/ids.ts';
import { untoldQuery } from '../contract/messages.ts';
import { untoldSentence } from '../contract/notice.ts';
import type { RolloutView } from '../contract/view.ts';
import { takeSnapshot } from './snapshot.ts';

/** What people could not be told about the plan of a rollout, a sentence each; empty when nobody can say. */
export async function untold(client: Client, { cluster, namespace, plan }: RolloutView): Promise<string[]> {
  const workflowId = noticesWorkflowId(cluster, namespace, plan);
  try {
    const { view = [] } = await takeSnapshot(client, untoldQuery, workflowId);
    return view.map(untoldSentence);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

/** The view as people are shown it. */
export function withUntold<View extends RolloutView>(view: View, sentences: readonly string[]): View {
  return { ...view, warnings: [...view.warnings, ...sentences] };
}
