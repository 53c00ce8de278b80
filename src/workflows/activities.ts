/** The activities as the workflow calls them: queue, timeouts and patience of each kind, a summary in plain words for each call. */
import {
  ActivityCancellationType,
  type ActivityOptions,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { ClusterActivities, ControlActivities, WaitActivities } from '../contract/activities.ts';
import { clusterQueue, waitQueue } from '../contract/ids.ts';
import { SLICE_MS } from '../contract/slice.ts';
import {
  backLimitMs,
  CONTROL_MS,
  EMERGENCY_MS,
  INTERVAL_SLACK_MS,
  LONG_SILENCE_MS,
  QUICK_MS,
  READ_MS,
  SILENCE_MS,
} from '../contract/time-limits.ts';
import { type Employer, servedActivities } from './served.ts';

/** What fails, or holds, at once does not make its loop run hot, ms. */
export const FLOOR_MS = 5_000;

/** Attempts before a person is asked; with the back-off below about a minute of trying. */
const ATTEMPTS = 10;

const QUICK_RETRY = {
  initialInterval: '200ms',
  backoffCoefficient: 2,
  maximumInterval: '15s',
  maximumAttempts: ATTEMPTS,
};

/** On the way back whoever waits tries again: after 0.5 s and 2 s. */
const BACK_RETRY = { initialInterval: '500ms', backoffCoefficient: 4, maximumAttempts: 3 };

/** Writes and quick reads. `back`: for the way back. @param limitMs of one attempt */
export function clusterActivities(
  employer: Employer,
  summary: string,
  { limitMs = QUICK_MS, back = false } = {},
): Omit<ClusterActivities, 'detect'> {
  return servedActivities(employer, {
    taskQueue: clusterQueue(employer.cluster),
    summary,
    startToCloseTimeout: limitMs,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    ...(back && { scheduleToCloseTimeout: backLimitMs(limitMs) }),
    retry: back ? BACK_RETRY : QUICK_RETRY,
  });
}

/** Reads everything that a rollout begins with. */
export function detectActivity(employer: Employer, summary: string): Pick<ClusterActivities, 'detect'> {
  return servedActivities(employer, {
    taskQueue: clusterQueue(employer.cluster),
    summary,
    startToCloseTimeout: READ_MS,
    heartbeatTimeout: SILENCE_MS,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: QUICK_RETRY,
  });
}

/** What a slice may take to end, ms. */
const END_MS = 30_000;

/**
 * Watches, tests and intervals that last up to `durationMs`, or a slice of it, and heartbeat all the while.
 * @param exposed users may be on the canary
 * @param tries before it is an error, default 20
 */
export function waitActivities(
  employer: Employer,
  summary: string,
  { durationMs, exposed, tries = 20 }: { durationMs: number; exposed: boolean; tries?: number },
): WaitActivities {
  return servedActivities(employer, {
    taskQueue: waitQueue(employer.cluster),
    summary,
    startToCloseTimeout: Math.min(durationMs + INTERVAL_SLACK_MS, SLICE_MS + END_MS),
    heartbeatTimeout: exposed ? SILENCE_MS : LONG_SILENCE_MS,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { ...QUICK_RETRY, maximumAttempts: tries },
  });
}

/** Notices and proofs, on the workflow's own queue. */
export function controlActivities(summary: string, options: ActivityOptions = {}): ControlActivities {
  return proxyActivities<ControlActivities>({
    summary,
    startToCloseTimeout: CONTROL_MS,
    retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 8 },
    ...options,
  });
}

/** Asked of the worker that runs this workflow, without a way through Temporal and back; once. */
export function ownActivities(summary: string): Pick<ControlActivities, 'needsProof'> {
  return proxyLocalActivities<ControlActivities>({
    summary,
    startToCloseTimeout: EMERGENCY_MS,
    retry: { maximumAttempts: 1 },
  });
}
