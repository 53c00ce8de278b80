/** What an activity did, read from its name, input and result: the one place that knows what each means for a count. */
import { ApplicationFailure } from '@temporalio/common';
import type { AwaitChangeInput, Change, ClusterActivities } from '../contract/activities.ts';
import type { MirrorClusterActivities } from '../contract/mirror-activities.ts';
import type { NotifyResult } from '../contract/notice.ts';
import type { IntervalSlice, IntervalVerdict } from '../contract/verdict.ts';

/** Activities that write to a cluster. */
const WRITES: readonly string[] = [
  'createCanary',
  'scaleCanary',
  'boundAutoscaler',
  'route',
  'upgradePrimary',
  'restorePrimary',
  'raiseFence',
  'scaleCanaryToZero',
  'createDestinations',
  'removeDestinations',
  'writeMirror',
] satisfies (keyof (ClusterActivities & MirrorClusterActivities))[];

/**
 * - `accepted`: made, now or before
 * - `conflict`: somebody else's write comes first
 * - `refused`: the cluster, or what is there, does not allow it
 * - `failed`: no answer; it is tried again
 */
type WriteEnd = 'accepted' | 'conflict' | 'refused' | 'failed';

interface Effects {
  writes: { write: string; result: WriteEnd }[];
  verdicts: IntervalVerdict[];
  notices: { channel: string; result: 'told' | 'refused' | 'later' }[];
}

/** Of an activity that has ended with a result. */
export function effectsOf(activity: string, input: unknown, result: unknown): Effects {
  const none: Effects = { writes: [], verdicts: [], notices: [] };
  if (activity === 'checkInterval') return { ...none, verdicts: verdictOf(result as IntervalSlice) };
  if (activity === 'awaitChange') return { ...none, ...ofChange(input as AwaitChangeInput, result as Change) };
  if (activity === 'notify') return { ...none, notices: ofNotices(result as NotifyResult) };
  return WRITES.includes(activity) ? { ...none, writes: [{ write: activity, result: writeEnd(result) }] } : none;
}

/** Of one that has ended with an error; undefined for what writes nothing. */
export function failedWrite(activity: string, error: unknown): WriteEnd | undefined {
  if (!WRITES.includes(activity)) return undefined;
  const { type, nonRetryable } = error instanceof ApplicationFailure ? error : {};
  if (type && CONFLICTS.includes(type)) return 'conflict';
  return nonRetryable ? 'refused' : 'failed';
}

/** Types of failures, see `RefusalKind` and `CLUSTER_ERRORS`. */
const CONFLICTS = ['FenceRefused', 'ClaimRefused', 'Recreated', 'Drift', 'SnapshotChanged', 'Cluster.conflict'];

/** Results of writes without a kind say by being there that it was made. */
function writeEnd(result: unknown): WriteEnd {
  const { kind = 'written' } = (result ?? {}) as { kind?: string };
  if (kind === 'drift') return 'conflict';
  return kind === 'written' ? 'accepted' : 'refused';
}

function verdictOf(slice: IntervalSlice): IntervalVerdict[] {
  return 'verdict' in slice ? [slice.verdict] : [];
}

function ofChange({ again }: AwaitChangeInput, change: Change): Pick<Effects, 'writes' | 'verdicts'> {
  const nameOf = (object: string) => again.find((write) => write.object === object)?.name ?? 'other';
  const written = change.written.map(({ object, result }) => ({ write: nameOf(object), result: writeEnd(result) }));
  const refused = change.refused.map(({ object }) => ({ write: nameOf(object), result: 'refused' as const }));
  const passes = Array<IntervalVerdict>(change.passes).fill('pass');
  return {
    writes: [...written, ...refused],
    verdicts: [...passes, ...(change.interval ? [change.interval.verdict] : [])],
  };
}

function ofNotices({ told, refused, later }: NotifyResult): Effects['notices'] {
  return [
    ...told.map(({ channel }) => ({ channel, result: 'told' as const })),
    ...refused.map(({ to: { channel } }) => ({ channel, result: 'refused' as const })),
    ...later.map(({ to: { channel } }) => ({ channel, result: 'later' as const })),
  ];
}
