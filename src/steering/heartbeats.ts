import type { Payload } from '@temporalio/common';
import type { IntervalProgress } from '../contract/verdict.ts';
import { decodeFirst } from '../temporal/payload.ts';

/** What is known of activities under way, from their heartbeats; it is newer than the view and never part of its history. */
export interface Live {
  /** Numbers so far of the check interval that runs. */
  interval?: IntervalProgress;
  /** What a wait says of itself: "1/2 ready, reviews-v2-abc pulls its image". */
  waiting?: string;
}

/** What Temporal tells of an activity that has not ended, as far as it is read here. */
export interface PendingActivity {
  activityType?: { name?: string | null } | null;
  heartbeatDetails?: { payloads?: Payload[] | null } | null;
  attempt?: number | null;
  lastFailure?: { message?: string | null } | null;
}

/** The newest numbers and sentences of the activities under way; heartbeats that cannot be read are left out. */
export function liveOf(pending: readonly PendingActivity[]): Live {
  const live: Live = {};
  for (const activity of pending) {
    const details = lastHeartbeat(activity);
    if (activity.activityType?.name === 'checkInterval' && isProgress(details)) {
      const { soFar: _soFar, ...numbers } = details;
      live.interval = numbers;
    }
    live.waiting = sentenceOf(details) ?? retrying(activity) ?? live.waiting;
  }
  return live;
}

export function lastHeartbeat({ heartbeatDetails }: PendingActivity): unknown {
  return decodeFirst(heartbeatDetails);
}

function isProgress(details: unknown): details is IntervalProgress {
  if (details === null || typeof details !== 'object') return false;
  const { checks, elapsedMs, durationMs } = details as Partial<IntervalProgress>;
  return Array.isArray(checks) && typeof elapsedMs === 'number' && typeof durationMs === 'number';
}

function sentenceOf(details: unknown): string | undefined {
  if (typeof details === 'string') return details;
  if (details === null || typeof details !== 'object') return undefined;
  const { sentence } = details as { sentence?: unknown };
  return typeof sentence === 'string' ? sentence : undefined;
}

/** A failing activity that is tried again is worth a word: the rollout stands still meanwhile. */
function retrying({ attempt, lastFailure }: PendingActivity): string | undefined {
  return attempt && attempt > 1 && lastFailure?.message ? `attempt ${attempt}: ${lastFailure.message}` : undefined;
}
