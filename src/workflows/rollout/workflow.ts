/** The checklist. Each line is one call in `steps/`, in the order in which it happens. */
import type { RolloutView } from '../../contract/view.ts';
import { NothingToDo } from './errors.ts';
import type { RolloutInput } from './input.ts';
import { begin, finish, nothingBegan } from './life.ts';
import { receiveMessages } from './messages.ts';
import { cleanUpAffinity } from './steps/affinity.ts';
import { abortAtFailureThreshold, checkMirror, checkWeight } from './steps/checks.ts';
import { detect } from './steps/detect.ts';
import { goBack } from './steps/go-back.ts';
import { checkMatch, matchIsOver, routeMatch } from './steps/match.ts';
import {
  boundPrimaryAutoscaler,
  probePrimary,
  scaleCanaryToZero,
  switchBack,
  upgradePrimary,
} from './steps/promotion.ts';
import { promoted, report } from './steps/report.ts';
import { boundCanaryAutoscaler, probeCanary, scaleCanary } from './steps/scale.ts';
import { routeToCanary, startMirror, stopMirror } from './steps/shift.ts';
import { abortIfFailed, runAcceptance, runLoad } from './steps/tests.ts';

export async function rollout(input: RolloutInput): Promise<RolloutView> {
  const run = begin(input);
  receiveMessages(run);
  try {
    await detect(run); //                              1 detect the new revision
    await scaleCanary(run); //                         2 scale the canary from zero
    await boundCanaryAutoscaler(run); //               3 set canary HPA bounds
    await probeCanary(run); //                         4 probe canary pods
    const acceptance = await runAcceptance(run); //    5 run acceptance tests
    abortIfFailed(run, acceptance); //                 6 abort if they fail
    await runLoad(run); //                             7 run the load test
    await startMirror(run); //                         8 mirror live traffic to the canary
    while (!run.isOver('check')) {
      await checkMirror(run); //                       9 check success rate and duration
      abortAtFailureThreshold(run); //                10 abort at the failure threshold
    }
    await stopMirror(run); //                         11 stop mirroring
    while (!matchIsOver(run)) {
      await routeMatch(run); //                          users who match, before all weights
      await checkMatch(run);
      abortAtFailureThreshold(run);
    }
    while (!run.isOver('shift')) {
      await routeToCanary(run); //                    12 route live traffic to the canary, 13 grow its weight
      await checkWeight(run);
      abortAtFailureThreshold(run);
    }
    await upgradePrimary(run); //                     14 upgrade the primary and wait for it
    await boundPrimaryAutoscaler(run); //             15 set primary HPA bounds
    await probePrimary(run); //                       16 probe primary pods
    await switchBack(run); //                         17 switch live traffic back to the primary
    await scaleCanaryToZero(run); //                  18 scale the canary to zero
    promoted(run);
  } catch (error) {
    if (error instanceof NothingToDo) return nothingBegan(run, error.decision);
    await goBack(run, error);
  }
  await report(run); //                               19 send the analysis result
  await cleanUpAffinity(run);
  return finish(run);
}
