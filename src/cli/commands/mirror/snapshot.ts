/** Mirrors as the command line reads them from Temporal. */
import type { Client } from '@temporalio/client';
import { mirrorViewQuery } from '../../../contract/messages.ts';
import { type MirrorView, mirrorWorkflowId } from '../../../contract/mirror.ts';
import type { MirrorProgress } from '../../../contract/mirror-activities.ts';
import { lastHeartbeat } from '../../../steering/heartbeats.ts';
import { takeSnapshot } from '../../../steering/snapshot.ts';
import { within } from '../../../temporal/calls.ts';
import type { Settings } from '../../settings.ts';
import { type ObjectName, objectName } from '../shared/object-name.ts';

/** `name` or `namespace/name`; a bare name is looked for in `namespace`, by default "default". @throws CliError 2 */
export function mirrorName(text: string, namespace?: string): ObjectName {
  return objectName(text, namespace, 'mirror', 'Write NAME or NAMESPACE/NAME.');
}

export function mirrorIdOf(settings: Settings, name: ObjectName): string {
  return mirrorWorkflowId({ cluster: settings.cluster, ...name });
}

/** One look at a mirror. */
export interface MirrorSnapshot {
  status: 'running' | 'closed' | 'lost';
  /** Absent when no worker could answer and there is no result. */
  view?: MirrorView;
  /** What the watch says of itself; newer than the view. */
  live?: MirrorProgress;
  trouble?: string;
}

/** @throws WorkflowNotFoundError when no mirror of that name was ever started */
export async function mirrorSnapshot(client: Client, workflowId: string): Promise<MirrorSnapshot> {
  const { status, view, trouble } = await takeSnapshot(client, mirrorViewQuery, workflowId);
  const base = { ...(view ? { view } : {}), ...(trouble ? { trouble } : {}) };
  if (status !== 'running' && status !== 'continued') return { status, ...base };
  const description = await within(client, () => client.workflow.getHandle(workflowId).describe());
  const watch = description.raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'watchMirror');
  const live = watch ? lastHeartbeat(watch) : undefined;
  return { status: 'running', ...base, ...(isProgress(live) ? { live } : {}) };
}

function isProgress(details: unknown): details is MirrorProgress {
  return typeof details === 'object' && details !== null && typeof (details as MirrorProgress).sentence === 'string';
}
