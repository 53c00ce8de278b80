/** What an activity did, read from its name, input and result: the one place that knows what each means for a count. */
import { ApplicationFailure } from '@temporalio/common';
import type { AwaitChangeInput, Change } from '../contract/activities.ts';
import type { NotifyResult } from '../contract/notice.ts';

/** `accepted`: made, now or before; `conflict`: somebody else's comes first; `refused`: by what is there; `failed`: no answer. */
type WriteEnd = 'accepted' | 'conflict' | 'refused' | 'failed';

interface Effects {
  writes: { write: string; result: WriteEnd }[];
  verdicts: string[];
  notices: { channel: string; result: 'told' | 'refused' | 'later' }[];
}

/** Of an activity that has ended with a result. */
export function effectsOf(activity: string, input: object, result: unknown): Effects {
  if (activity === 'awaitChange') return ofChange(input as AwaitChangeInput, result as Change);
  const { verdict } = (activity === 'checkInterval' ? result : {}) as { verdict?: string };
  return {
    writes: isWrite(activity, input) ? [{ write: activity, result: writeEnd(result) }] : [],
    verdicts: verdict ? [verdict] : [],
    notices: activity === 'notify' ? ofNotices(result as NotifyResult) : [],
  };
}

/** Types of failures, see `RefusalKind` and `CLUSTER_ERRORS`. */
const CONFLICTS = ['FenceRefused', 'ClaimRefused', 'Recreated', 'Drift', 'SnapshotChanged', 'Cluster.conflict'];

/** Of one that has ended with an error; undefined for what writes nothing. */
export function failedWrite(activity: string, input: object, error: unknown): WriteEnd | undefined {
  if (!isWrite(activity, input)) return undefined;
  const { type, nonRetryable } = error instanceof ApplicationFailure ? error : {};
  if (type && CONFLICTS.includes(type)) return 'conflict';
  return nonRetryable ? 'refused' : 'failed';
}

/** Each write carries a fence (order rule 3); a watch only looks for it. */
function isWrite(activity: string, input: object): boolean {
  return 'fence' in input && activity !== 'watchMirror';
}

/** A result without a kind says by being there that it was made. */
function writeEnd(result: unknown): WriteEnd {
  const { kind = 'written' } = (result ?? {}) as { kind?: string };
  if (kind === 'drift') return 'conflict';
  return kind === 'written' ? 'accepted' : 'refused';
}

function ofChange({ again }: AwaitChangeInput, { written, refused, passes, interval }: Change): Effects {
  const nameOf = (object: string) => again.find((write) => write.object === object)?.name ?? 'other';
  return {
    writes: [
      ...written.map(({ object, result }) => ({ write: nameOf(object), result: writeEnd(result) })),
      ...refused.map(({ object }) => ({ write: nameOf(object), result: 'refused' as const })),
    ],
    verdicts: [...Array(passes).fill('pass'), ...(interval ? [interval.verdict] : [])],
    notices: [],
  };
}

function ofNotices({ told, refused, later }: NotifyResult): Effects['notices'] {
  const of = (result: 'told' | 'refused' | 'later', to: { channel: string }[]) =>
    to.map(({ channel }) => ({ channel, result }));
  return [
    ...of('told', told),
    ...of(
      'refused',
      refused.map(({ to }) => to),
    ),
    ...of(
      'later',
      later.map(({ to }) => to),
    ),
  ];
}
