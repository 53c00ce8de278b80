/** The border between Temporal and the core functions, which know a signal and a heartbeat only. */
import { Context } from '@temporalio/activity';
import { toFailure } from './failure.ts';

export interface Run {
  /** Aborts when the activity is cancelled or the worker shuts down. */
  signal: AbortSignal;
  /** Shows progress, and lets a cancellation arrive; about every 2 s in a long activity. */
  heartbeat: (details: unknown) => void;
}

/** An activity made of a core function; its errors become Temporal failures. */
export function activity<I, O>(work: (input: I, run: Run) => Promise<O>): (input: I) => Promise<O> {
  return async (input) => {
    const context = Context.current();
    try {
      return await work(input, {
        signal: context.cancellationSignal,
        heartbeat: (details) => context.heartbeat(details),
      });
    } catch (error) {
      // whatever a cancelled call threw, what Temporal must see is the cancellation
      if (context.cancellationSignal.aborted) throw await context.cancelled.catch((reason: unknown) => reason);
      throw toFailure(error);
    }
  };
}
