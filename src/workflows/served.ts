/**
 * Work on a queue of a cluster, which may have no worker. After a while people are told; the work waits on without adding to the
 * history, and goes on by itself as soon as a worker comes up.
 */
import {
  ActivityCancellationType,
  ActivityFailure,
  type ActivityOptions,
  isCancellation,
  proxyActivities,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { AwaitWorker } from '../contract/activities.ts';
import { QUICK_MS, UNSERVED_MS } from '../contract/time-limits.ts';

/** Whoever asks something of a cluster's workers. */
export interface Employer {
  readonly cluster: string;
  /** Nobody took work from the queue for two minutes. */
  noteUnserved(queue: string): void;
  /** A worker of the cluster was heard of. */
  noteServed(): void;
}

/** Activities of one queue of the cluster, each waited for until a worker has done it. */
export function servedActivities<A extends object>(
  employer: Employer,
  options: ActivityOptions & { taskQueue: string },
): A {
  const { taskQueue } = options;
  const calls = proxyActivities({ scheduleToStartTimeout: UNSERVED_MS, ...options });
  const served = (name: string) => (input: unknown) =>
    serve(employer, taskQueue, () => (calls[name] as (input: unknown) => Promise<unknown>)(input));
  return new Proxy({}, { get: (_, name) => served(String(name)) }) as A;
}

/** A call that nobody took did nothing, so it is made again as it was. */
async function serve<T>(employer: Employer, queue: string, call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      const result = await call();
      employer.noteServed();
      return result;
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      if (!(error.cause instanceof TimeoutFailure)) employer.noteServed();
      if (!isUnserved(error)) throw error;
    }
    employer.noteUnserved(queue);
    await someWorker(queue).awaitWorker();
    employer.noteServed();
  }
}

export function isUnserved({ cause }: ActivityFailure): boolean {
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}

/** Without a limit for the start: a task that waits costs nothing, for days. */
function someWorker(taskQueue: string): AwaitWorker {
  return proxyActivities<AwaitWorker>({
    taskQueue,
    summary: `wait for a worker of ${taskQueue}`,
    startToCloseTimeout: QUICK_MS,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  });
}
