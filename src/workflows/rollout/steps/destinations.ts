/** What the canary's destination lacks, when the plan says `traffic.create`: made before the first pod, removed after the last. */
import type { Run } from '../run.ts';
import { insistOn } from './insist.ts';

export async function createDestinations(run: Run): Promise<void> {
  if (!run.plan.traffic.create) return;
  const made = await insistOn(run, 'destinations', "make what the canary's destination lacks", (activities, target) =>
    activities.createDestinations(target),
  );
  if (made.length > 0) run.view.warnings.push(`Made for this rollout: ${made.join(', ')}.`);
}
