import { setTimeout as sleep } from 'node:timers/promises';

/** @returns false: the time, or everything, is over */
export async function pause(ms: number, over: AbortSignal): Promise<false> {
  await sleep(Math.max(0, ms), undefined, { signal: over }).catch(() => undefined);
  return false;
}
