/** What remains of session affinity after the end. */
import { CancellationScope, condition } from '@temporalio/workflow';
import { AT_REST } from '../../contract/intent.ts';
import type { Run } from '../run.ts';
import { publishState } from '../search-attributes.ts';
import { putRoute } from './traffic.ts';

/** After the end: the route that takes cookies away stays for a while, or until a newer offer comes. */
export async function cleanUpAffinity(run: Run): Promise<void> {
  const { plan, view, state } = run;
  if (!plan.affinity || !view.route.affinity) return;
  const { cleanupAfterMs } = plan.affinity;
  view.state = 'cleaning';
  view.cleaningUntil = new Date(Date.now() + cleanupAfterMs).toISOString();
  publishState(view);
  await CancellationScope.nonCancellable(async () => {
    await condition(() => state.next !== undefined, cleanupAfterMs);
    const result = await putRoute(run, 'remove the route that takes cookies away', AT_REST, {});
    if (result.kind !== 'written') view.warnings.push(`The route of the cookies was left: ${result.sentence}.`);
  });
  view.state = 'ended';
  view.cleaningUntil = undefined;
  publishState(view);
}
