import { type CheckIntervalDeps, checkInterval as checkSlice } from '../../src/activities/check-interval.ts';
import type { ActivityRun } from '../../src/activities/support/activity.ts';
import type { IntervalInput } from '../../src/contract/activities.ts';
import type { IntervalResult } from '../../src/contract/verdict.ts';

/** An interval in one slice. */
export async function checkInterval(
  deps: CheckIntervalDeps,
  interval: IntervalInput,
  run: ActivityRun,
): Promise<IntervalResult> {
  const result = await checkSlice(deps, interval, run);
  if (!('verdict' in result)) throw new Error('the interval has no verdict');
  return result;
}
