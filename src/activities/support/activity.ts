/** The border between Temporal and the core functions, which know a signal and a heartbeat only. */
import { Context } from '@temporalio/activity';
import { toFailure } from './failure.ts';

export interface ActivityRun {
  /** Aborts when the activity is cancelled or the worker shuts down. */
  signal: AbortSignal;
  /** Shows progress, lets a cancellation arrive, and says what another attempt goes on from. What comes too often is left out. */
  heartbeat: (details: unknown) => void;
  /** What an attempt before this one, whose worker died, has reported last. */
  reported?: unknown;
  /** A worker that is silent for so long counts as dead, ms. Default 0. */
  heartbeatTimeoutMs?: number;
}

/** Heartbeats are this part of their timeout apart: each is a write of the Temporal server, and many rollouts wait. */
const PACE = 0.4;
/** What comes sooner than this part of it is left out. */
const TOO_SOON = 0.3;

/** An activity made of a core function; its errors become Temporal failures. */
export function activity<I, O>(work: (input: I, run: ActivityRun) => Promise<O>): (input: I) => Promise<O> {
  return async (input) => {
    const context = Context.current();
    const { heartbeatTimeoutMs = 0, heartbeatDetails } = context.info;
    try {
      return await work(input, {
        signal: context.cancellationSignal,
        heartbeat: paced((details) => context.heartbeat(details), heartbeatTimeoutMs * TOO_SOON),
        reported: heartbeatDetails,
        heartbeatTimeoutMs,
      });
    } catch (error) {
      // whatever a cancelled call threw, what Temporal must see is the cancellation
      if (context.cancellationSignal.aborted) throw await context.cancelled.catch((reason: unknown) => reason);
      throw toFailure(error);
    }
  };
}

/** Two heartbeats are no closer, ms. */
const BEAT_MS = 1_000;

/** Heartbeats as often as its timeout asks for while `work` is under way. */
export async function beating<T>(
  { heartbeat, heartbeatTimeoutMs = 0 }: ActivityRun,
  details: () => unknown,
  work: () => Promise<T>,
): Promise<T> {
  const beat = setInterval(() => heartbeat(details()), Math.max(BEAT_MS, heartbeatTimeoutMs * PACE));
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
