/** The activities that a rollout waits with. */
import type { WaitActivities } from '../../contract/activities.ts';
import { hasUsers } from '../../contract/intent.ts';
import { waitActivities } from '../activities.ts';
import type { Run } from './run.ts';
import { isUnsettled } from './state.ts';

/** Watches, tests and slices of up to `durationMs`; a dead worker is noticed sooner while users may be on the canary. */
export function waiting(run: Run, summary: string, durationMs: number, tries?: number): WaitActivities {
  const exposed = hasUsers(run.view.route) || isUnsettled(run.state, 'route');
  return waitActivities(run, summary, { durationMs, exposed, tries });
}
