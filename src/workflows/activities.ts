/** The activities as the workflow calls them: queue, timeouts and patience of each kind, a summary in plain words for each call. */
import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { ClusterActivities, ControlActivities, WaitActivities } from '../contract/activities.ts';
import { clusterQueue, waitQueue } from '../contract/ids.ts';

/** Attempts before a person is asked; with the back-off below about a minute of trying. */
const ATTEMPTS = 10;

const QUICK_RETRY = {
  initialInterval: '200ms',
  backoffCoefficient: 2,
  maximumInterval: '15s',
  maximumAttempts: ATTEMPTS,
};

/** Writes and quick reads; short, so that a frozen worker holds nobody up. `patient`: never gives up, for the way back. */
export function clusterActivities(
  cluster: string,
  summary: string,
  patient = false,
): Omit<ClusterActivities, 'detect'> {
  return proxyActivities<ClusterActivities>({
    taskQueue: clusterQueue(cluster),
    summary,
    startToCloseTimeout: '8s',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: patient ? { ...QUICK_RETRY, maximumAttempts: undefined } : QUICK_RETRY,
  });
}

/** Reads everything that a rollout begins with. */
export function detectActivity(cluster: string, summary: string): Pick<ClusterActivities, 'detect'> {
  return proxyActivities<ClusterActivities>({
    taskQueue: clusterQueue(cluster),
    summary,
    startToCloseTimeout: '30s',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: QUICK_RETRY,
  });
}

/** From here on a dead worker may be noticed a little later, for fewer heartbeats. */
const LONG_MS = 30_000;

/** Watches, tests and intervals that last up to `durationMs` and heartbeat all the while. `patient`: never gives up. */
export function waitActivities(cluster: string, summary: string, durationMs: number, patient = false): WaitActivities {
  return proxyActivities<WaitActivities>({
    taskQueue: waitQueue(cluster),
    summary,
    startToCloseTimeout: durationMs + 60_000,
    heartbeatTimeout: durationMs < LONG_MS ? '6s' : '10s',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { ...QUICK_RETRY, maximumAttempts: patient ? undefined : 20 },
  });
}

/** Notices and proofs, on the workflow's own queue. */
export function controlActivities(summary: string, options: ActivityOptions = {}): ControlActivities {
  return proxyActivities<ControlActivities>({
    summary,
    startToCloseTimeout: '60s',
    retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 8 },
    ...options,
  });
}
