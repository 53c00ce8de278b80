/** Activities that a worker has under way, so that whoever stops it learns what it still waits for. */
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** Named one by one. */
const MOST_NAMED = 5;

export class UnderWay {
  readonly #running = new Set<string>();
  readonly #givenUp: string[] = [];
  readonly #longestMs: number;
  #count = 0;
  #idleSince = performance.now();

  /** @param longestMs after which a worker that stops waits no longer */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  readonly interceptor: ActivityInterceptorsFactory = (context) => ({
    inbound: {
      execute: async (input, next) => {
        const { activityType, workflowExecution } = context.info;
        const target = workflowExecution?.workflowId.split('/').slice(-2).join('/') ?? '';
        this.#count += 1;
        const id = `${this.#count} ${activityType} of ${target}`;
        this.#running.add(id);
        try {
          return await next(input);
        } catch (error) {
          if (context.cancellationDetails?.workerShutdown) this.#givenUp.push(id);
          throw error;
        } finally {
          this.#running.delete(id);
          this.#idleSince = performance.now();
        }
      },
    },
  });

  /** For how long nothing has been under way, ms; 0 while something is. */
  get idleMs(): number {
    return this.#running.size > 0 ? 0 : performance.now() - this.#idleSince;
  }

  /** What a worker that is told to stop waits for, and for how long at most. */
  get stopping(): string {
    const seconds = Math.round(this.#longestMs / 1000);
    const { size } = this.#running;
    if (size === 0) return 'Stopping: no activity is under way.';
    return `Stopping: ${activities(size)} under way (${named([...this.#running])}); at most ${seconds} s. Ctrl-C again ends it at once.`;
  }

  /** What became of it. */
  get stopped(): string {
    const left = [...this.#givenUp, ...this.#running];
    if (left.length === 0) return 'Stopped: everything under way has ended.';
    return `Stopped: ${activities(left.length)} handed back to the next worker (${named(left)}).`;
  }
}

function activities(count: number): string {
  return count === 1 ? '1 activity is' : `${count} activities are`;
}

function named(ids: readonly string[]): string {
  const names = ids.slice(0, MOST_NAMED).map((id) => id.slice(id.indexOf(' ') + 1));
  const more = ids.length - names.length;
  return [...names, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
