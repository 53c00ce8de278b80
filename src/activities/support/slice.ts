/** Where a slice ends: with its time, with what waits beside it, or with its worker. A cancellation by the workflow is something else. */
import { SLICE_MS } from '../../contract/slice.ts';

/** Reason of a signal that ends a slice: what is known so far is handed on. */
export const SLICE_OVER = new Error('the slice is over');

/** What the SDK calls it when a worker is told to stop, see `Worker.shutdown`. */
const WORKER_STOPS = 'WORKER_SHUTDOWN';

/** Whether what was stopped hands on what it has, as nobody has cancelled it. */
export function handsOn({ aborted, reason }: AbortSignal): boolean {
  return aborted && (reason === SLICE_OVER || (reason instanceof Error && reason.message === WORKER_STOPS));
}

/** Does `work` for the length of a slice at most. @param sliceMs default five minutes */
export async function inSlice<T>(
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  sliceMs = SLICE_MS,
): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(SLICE_OVER), sliceMs);
  return work(AbortSignal.any([signal, stop.signal])).finally(() => {
    clearTimeout(timer);
    stop.abort(SLICE_OVER);
  });
}

/** What the attempt before this one had when its worker died, or else what the slice before has handed on. */
export function soFarOf<SoFar>(reported: unknown, handedOn: SoFar | undefined): SoFar | undefined {
  return (reported as { soFar?: SoFar } | null | undefined)?.soFar ?? handedOn;
}
