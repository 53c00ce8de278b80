/** Mirrors as the command line reads them from Temporal. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import {
  type MirrorOutcomeKind,
  type MirrorState,
  type MirrorView,
  mirrorWorkflowId,
} from '../../../contract/mirror.ts';
import type { MirrorProgress } from '../../../contract/mirror-activities.ts';
import { within } from '../../../steering/calls.ts';
import { lastHeartbeat } from '../../../steering/heartbeats.ts';
import { takeSnapshot } from '../../../steering/snapshot.ts';
import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Settings } from '../../settings.ts';

export interface MirrorName {
  namespace: string;
  name: string;
}

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** `name` or `namespace/name`; a bare name is looked for in `namespace`, by default "default". @throws CliError 2 */
export function mirrorName(text: string, namespace?: string): MirrorName {
  const parts = text.split('/');
  const [first = '', second] = parts;
  const found =
    second === undefined ? { namespace: namespace ?? 'default', name: first } : { namespace: first, name: second };
  if (parts.length > 2 || !NAME.test(found.name) || !NAME.test(found.namespace)) {
    throw new CliError(EXIT.usage, `"${text}" names no mirror`, 'Write NAME or NAMESPACE/NAME.');
  }
  if (namespace !== undefined && namespace !== found.namespace) {
    throw new CliError(EXIT.usage, `"${text}" names the namespace ${found.namespace}, --namespace says ${namespace}`);
  }
  return found;
}

export function mirrorIdOf(settings: Settings, name: MirrorName): string {
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
  const { status, view, trouble } = await takeSnapshot(client, workflowId);
  const shown = view as unknown as MirrorView | undefined;
  const base = { ...(shown ? { view: shown } : {}), ...(trouble ? { trouble } : {}) };
  if (status !== 'running' && status !== 'continued') return { status, ...base };
  const description = await within(client, () => client.workflow.getHandle(workflowId).describe());
  const watch = description.raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'watchMirror');
  const live = watch ? lastHeartbeat(watch) : undefined;
  return { status: 'running', ...base, ...(isProgress(live) ? { live } : {}) };
}

function isProgress(details: unknown): details is MirrorProgress {
  return typeof details === 'object' && details !== null && typeof (details as MirrorProgress).sentence === 'string';
}

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

/** Most runs that are read: visibility keeps old ones for as long as the namespace's retention. */
const MOST_READ = 1_000;

export async function findMirrors(client: Client): Promise<MirrorEntry[]> {
  const entries: MirrorEntry[] = [];
  let read = 0;
  for await (const info of client.workflow.list({ query: "WorkflowType = 'mirror'", pageSize: 200 })) {
    read += 1;
    if (read > MOST_READ) break;
    const entry = toEntry(info);
    if (entry) entries.push(entry);
  }
  return entries;
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
