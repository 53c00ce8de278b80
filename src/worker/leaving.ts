/** A worker that does not stand by: it leaves when nothing is due, or when its time is over, and the next event starts another. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { UnderWay } from './under-way.ts';

export interface Leaving {
  /** Leave after so long with nothing under way, ms. */
  untilIdleMs?: number | undefined;
  /** Leave after so long also when something is, which is handed back to the next worker, ms. */
  atMostMs?: number | undefined;
}

/** A look at what came meanwhile is no later, ms. */
const LOOK_MS = 100;

/** Whether a worker leaves by itself at all. */
export function leaves({ untilIdleMs, atMostMs }: Leaving): boolean {
  return untilIdleMs !== undefined || atMostMs !== undefined;
}

/**
 * Resolves with a sentence that says why when it is time to leave, and never without a reason to.
 * @param isBusy whether a workflow is being told what happened, which is no activity
 * @throws the reason of `signal` when that ends the wait
 */
export async function timeToLeave(
  { untilIdleMs = Number.POSITIVE_INFINITY, atMostMs = Number.POSITIVE_INFINITY }: Leaving,
  underWay: Pick<UnderWay, 'idleMs'>,
  { isBusy, signal }: { isBusy: () => boolean; signal: AbortSignal },
): Promise<string> {
  const began = performance.now();
  for (;;) {
    const hereMs = performance.now() - began;
    const leftMs = atMostMs - hereMs;
    if (leftMs <= 0) return `Leaving: its ${seconds(atMostMs)} are over.`;
    const idleLeftMs = untilIdleMs - Math.min(underWay.idleMs, hereMs);
    if (idleLeftMs <= 0 && !isBusy()) return `Leaving: nothing was under way for ${seconds(untilIdleMs)}.`;
    await sleep(Math.min(leftMs, Math.max(idleLeftMs, LOOK_MS), LONGEST_SLEEP_MS), undefined, { signal });
  }
}

/** Longer ones overflow a timer. */
const LONGEST_SLEEP_MS = 60_000;

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
