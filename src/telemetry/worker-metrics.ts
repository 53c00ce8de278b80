/** What a worker counts, all of it where activities begin and end. */
import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { ProofInput } from '../contract/action.ts';
import type { RouteInput } from '../contract/activities.ts';
import { effectsOf, failedWrite } from './effects.ts';
import { buildInfo, type Telemetry } from './page.ts';

/** s: the goal is 50 ms, and a worker that has to be started first takes several. */
const ABORT_BUCKETS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Runs of rollouts whose aborts are timed at most. */
const MOST_RUNS = 100;

export class WorkerMetrics implements Telemetry {
  readonly registry = new Registry();
  /** When an abort was asked for and when the canary was given nothing, ms, by run: either may be seen first. */
  readonly #times = new Map<string | undefined, { abortMs?: number; zeroMs?: number }>();
  readonly #activities = this.#counter('sluice_activities_total', ['activity', 'result'], 'Activities that ended.');
  readonly #writes = this.#counter('sluice_writes_total', ['write', 'result'], 'Writes to the cluster.');
  readonly #intervals = this.#counter('sluice_intervals_total', ['verdict'], 'Check intervals that have a verdict.');
  readonly #notices = this.#counter('sluice_notices_total', ['channel', 'result'], 'Messages, for each recipient.');
  readonly #abort = new Histogram({
    name: 'sluice_abort_seconds',
    help: 'From an abort to the first route that gives the canary nothing.',
    buckets: ABORT_BUCKETS,
    registers: [this.registry],
  });

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
        quietly(context, () => this.#begins(context, input));
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

  #begins({ info }: Context, input: object): void {
    if (info.activityType !== 'verifyActor' || (input as ProofInput).action.verb !== 'abort') return;
    this.#time(info, { abortMs: info.scheduledTimestampMs });
  }

  #ended({ info }: Context, input: object, result: unknown): void {
    const { activityType: activity } = info;
    this.#activities.inc({ activity, result: 'ok' });
    const { writes, verdicts, notices } = effectsOf(activity, input, result);
    for (const write of writes) this.#writes.inc({ ...write });
    for (const verdict of verdicts) this.#intervals.inc({ verdict });
    for (const notice of notices) this.#notices.inc({ ...notice });
    if (activity !== 'route' || writes[0]?.result !== 'accepted') return;
    const { canary, mirror } = (input as RouteInput).intent;
    if (canary + mirror === 0) this.#time(info, { zeroMs: Date.now() });
  }

  #time({ workflowExecution }: Context['info'], seen: { abortMs?: number; zeroMs?: number }): void {
    const run = workflowExecution?.runId;
    const { abortMs = Number.POSITIVE_INFINITY, zeroMs = 0 } = { ...this.#times.get(run), ...seen };
    if (zeroMs >= abortMs) this.#abort.observe((zeroMs - abortMs) / 1000);
    this.#times.delete(run);
    this.#times.set(run, { zeroMs, ...(zeroMs < abortMs && { abortMs }) });
    if (this.#times.size > MOST_RUNS) this.#times.delete(this.#times.keys().next().value);
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
