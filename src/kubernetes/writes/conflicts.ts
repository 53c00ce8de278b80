import { setTimeout as sleep } from 'node:timers/promises';
import { isClusterError } from '../client/errors.ts';

/** Against one that writes every 20 ms, each gets through with about one half; the worst of 60 writes on a busy machine took nine. */
const ATTEMPTS = 16;
/** Enough to fall out of step with a controller that writes the same object, ms; grows to `LONGEST_JITTER_MS`. */
const JITTER_MS = 60;
const LONGEST_JITTER_MS = 240;

/**
 * Looks and writes, and again when somebody else has written meanwhile.
 * @param work gets the number of the attempt, from 1 on
 * @throws what it throws; `conflict` after sixteen attempts, mostly in two seconds
 */
export async function retryConflicts<T>(
  work: (attempt: number) => Promise<T>,
  signal: AbortSignal | undefined,
  attempts = ATTEMPTS,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!isClusterError(error, 'conflict') || attempt === attempts) throw error;
      // the first conflict is mostly a controller writing status, and over: only the next ones wait
      const longest = Math.min(JITTER_MS * (attempt - 1), LONGEST_JITTER_MS);
      await sleep(Math.random() * longest, undefined, { signal });
    }
  }
}
