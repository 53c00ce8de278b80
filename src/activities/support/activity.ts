/** The border between Temporal and the core functions, which know a signal and a heartbeat only. */
import { Context } from '@temporalio/activity';
import { toFailure } from './failure.ts';

export interface ActivityRun {
  /** Aborts when the activity is cancelled or the worker shuts down. */
  signal: AbortSignal;
  /** Shows progress, and lets a cancellation arrive. Call it every second or two; what comes too often is left out. */
  heartbeat: (details: unknown) => void;
}

/** Heartbeats at least this part of their timeout apart: each is a write of the Temporal server, and many rollouts wait. */
const PACE = 0.5;

/** An activity made of a core function; its errors become Temporal failures. */
export function activity<I, O>(work: (input: I, run: ActivityRun) => Promise<O>): (input: I) => Promise<O> {
  return async (input) => {
    const context = Context.current();
    try {
      return await work(input, {
        signal: context.cancellationSignal,
        heartbeat: paced((details) => context.heartbeat(details), (context.info.heartbeatTimeoutMs ?? 0) * PACE),
      });
    } catch (error) {
      // whatever a cancelled call threw, what Temporal must see is the cancellation
      if (context.cancellationSignal.aborted) throw await context.cancelled.catch((reason: unknown) => reason);
      throw toFailure(error);
    }
  };
}

const BEAT_MS = 1_000;

/** Heartbeats every second while `work` is under way. */
export async function beating<T>(
  { heartbeat }: ActivityRun,
  details: () => unknown,
  work: () => Promise<T>,
): Promise<T> {
  const beat = setInterval(() => heartbeat(details()), BEAT_MS);
  return work().finally(() => clearInterval(beat));
}

/** Calls `send` at once the first time and then at most every `everyMs`. */
function paced(send: (details: unknown) => void, everyMs: number): (details: unknown) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (details) => {
    const now = performance.now();
    if (now - last < everyMs) return;
    last = now;
    send(details);
  };
}
