/** What a worker counts, all of it where activities begin and end. */
import { Counter, Gauge, Registry } from '@prometheus-io/client';
import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { effectsOf, failedWrite } from './effects.ts';
import { buildInfo, type Telemetry } from './page.ts';

export class WorkerMetrics implements Telemetry {
  readonly registry = new Registry();
  readonly #activities = this.#counter('sluice_activities_total', ['activity', 'result'], 'Activities that ended.');
  readonly #writes = this.#counter('sluice_writes_total', ['write', 'result'], 'Writes to the cluster.');
  readonly #intervals = this.#counter('sluice_intervals_total', ['verdict'], 'Check intervals that have a verdict.');
  readonly #notices = this.#counter('sluice_notices_total', ['channel', 'result'], 'Messages, for each recipient.');

  /** @param isLeaving whether the worker takes no new work */
  constructor(isLeaving: () => boolean) {
    new Gauge({
      name: 'sluice_worker_draining',
      help: '1: it takes no new work and lets what runs end.',
      registers: [this.registry],
      collect() {
        this.set(isLeaving() ? 1 : 0);
      },
    });
    buildInfo(this.registry);
  }

  readonly interceptor: ActivityInterceptorsFactory = (context) => ({
    inbound: {
      execute: async ({ args, headers }, next) => {
        const input = Object(args[0]);
        const running = next({ args, headers });
        running.then(
          (result) => quietly(context, () => this.#ended(context, input, result)),
          (error) => quietly(context, () => this.#failed(context, input, error)),
        );
        return running;
      },
    },
  });

  #counter<Label extends string>(name: string, labelNames: Label[], help: string): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #ended({ info }: Context, input: object, result: unknown): void {
    const { activityType: activity } = info;
    this.#activities.inc({ activity, result: 'ok' });
    const { writes, verdicts, notices } = effectsOf(activity, input, result);
    for (const write of writes) this.#writes.inc({ ...write });
    for (const verdict of verdicts) this.#intervals.inc({ verdict });
    for (const notice of notices) this.#notices.inc({ ...notice });
  }

  #failed(context: Context, input: object, error: unknown): void {
    const { activityType: activity } = context.info;
    this.#activities.inc({ activity, result: endOf(context, error) });
    const result = error instanceof CancelledFailure ? undefined : failedWrite(activity, input, error);
    if (result) this.#writes.inc({ write: activity, result });
  }
}

/** What a worker that stops hands back is done by the next one. */
function endOf({ info, cancellationDetails }: Context, error: unknown): 'retried' | 'failed' | 'cancelled' {
  if (cancellationDetails?.workerShutdown) return 'retried';
  if (error instanceof CancelledFailure) return 'cancelled';
  const { maximumAttempts } = info.retryPolicy ?? {};
  const { nonRetryable } = error instanceof ApplicationFailure ? error : {};
  return nonRetryable || (maximumAttempts && info.attempt >= maximumAttempts) ? 'failed' : 'retried';
}

/** What cannot be counted harms no activity. */
function quietly({ log }: Context, count: () => void): void {
  try {
    count();
  } catch (error) {
    log.warn('an activity was not counted', { error: String(error) });
  }
}
