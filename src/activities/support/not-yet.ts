import { ApplicationFailure } from '@temporalio/common';

/** What was just written may be on its way to this worker, or be at another one. */
const PATIENCE_MS = 2 * 60_000;

/**
 * @param sinceMs when it was asked first, Unix time
 * @param again when to look again; default: as whoever asks has it
 * @throws ApplicationFailure of this type for as long as it may still become known
 */
export function notYet(type: string, message: string, sinceMs: number, again?: string): void {
  if (Date.now() - sinceMs < PATIENCE_MS)
    throw ApplicationFailure.create({ message, type, ...(again && { nextRetryDelay: again }) });
}
