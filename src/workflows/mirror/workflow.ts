/** A mirror for its own sake, from the first look at its route to the moment when nothing of it is left. */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { MirrorView } from '../../contract/mirror.ts';
import { type MirrorInput, MirrorRun } from './run.ts';
import { inspect, measure, startClock, switchOff, switchOn, watch } from './steps.ts';

export async function mirror(input: MirrorInput): Promise<MirrorView> {
  const run = new MirrorRun(input);
  run.receiveMessages();
  try {
    await inspect(run); //   is there something to copy, somebody to copy to, and nobody in the way?
    startClock(run); //      from here on its end is certain, whoever dies
    await switchOn(run);
    await watch(run); //     until its time is over, somebody stops it, or there is no point any more
  } catch (error) {
    if (!isCancellation(error)) throw error;
    run.end({ kind: 'stopped', reason: 'The workflow was cancelled.' });
  }
  return CancellationScope.nonCancellable(async () => {
    await switchOff(run); // never gives up
    await measure(run);
    return run.finish();
  });
}
