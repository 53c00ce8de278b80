/** What remains of session affinity after the end. */
import { ActivityFailure, CancellationScope, condition, isCancellation, rootCause } from '@temporalio/workflow';
import { AT_REST } from '../../../contract/intent.ts';
import type { Run } from '../run.ts';
import { write } from '../writer.ts';

/** After the end: the route that takes cookies away stays for a while, or until a newer offer comes. */
export async function cleanUpAffinity(run: Run): Promise<void> {
  const { plan, view, state } = run;
  if (!plan.affinity || !view.route.affinity || run.takenOver) return;
  const { cleanupAfterMs } = plan.affinity;
  view.cleaningUntil = new Date(Date.now() + cleanupAfterMs).toISOString();
  run.showState();
  await CancellationScope.nonCancellable(async () => {
    await condition(() => state.next !== undefined, cleanupAfterMs);
    const left = await removeCookieRoute(run);
    if (left !== undefined) view.warnings.push(`The route of the cookies was left: ${left}.`);
  });
  view.cleaningUntil = undefined;
  run.showState();
}

/** @returns why it was left */
async function removeCookieRoute(run: Run): Promise<string | undefined> {
  const summary = 'remove the route that takes cookies away';
  const { routeFound: found } = run.detected;
  const expected = run.view.route;
  try {
    const result = await write(run, { object: 'route', what: 'forward', summary }, (activities, target) =>
      activities.route({ ...target, intent: AT_REST, expected, found, canary: { replicas: 0, proven: false } }),
    );
    if (result.kind !== 'written') return result.sentence;
    run.view.route = AT_REST;
    return undefined;
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    return rootCause(error);
  }
}
