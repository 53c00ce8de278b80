import { setTimeout } from 'node:timers/promises';

/** Waits. @throws the signal's own reason when it aborts: Temporal knows a cancellation by it, and not an `AbortError` */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
