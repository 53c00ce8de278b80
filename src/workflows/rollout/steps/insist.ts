/** Writes of the way forward. */
import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { WriteObject } from '../../../contract/fence.ts';
import { Outdated } from '../errors.ts';
import type { Run } from '../run.ts';
import { type WriteCall, write } from '../writer.ts';

/** Its errors are tried with a cap, then people are asked (order rule 8). */
export function insistOn<T>(run: Run, object: WriteObject, summary: string, call: WriteCall<T>): Promise<T> {
  return run.insist(summary, () => write(run, { object, what: 'forward', summary }, call));
}

/** Asks nobody: who is asked something already would see nothing else. What fails is tried again by whoever finds that it is needed still. */
export async function tryOnce(run: Run, work: () => Promise<unknown>): Promise<void> {
  try {
    await run.interruptible(work);
  } catch (error) {
    if (!(error instanceof ActivityFailure || error instanceof Outdated) || isCancellation(error)) throw error;
  }
}
