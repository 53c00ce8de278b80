/** What the canary's destination lacks, when the plan says `traffic.create`: made before the first pod, removed after the last. */
import type { Run } from '../run.ts';

export async function createDestinations(run: Run): Promise<void> {
  if (!run.plan.traffic.create) return;
  const made = await run.write('destinations', "make what the canary's destination lacks", (activities, target) =>
    activities.createDestinations(target),
  );
  if (made.length > 0) run.view.warnings.push(`Made for this rollout: ${made.join(', ')}.`);
}

export async function removeDestinations(run: Run): Promise<void> {
  const { written, unconfirmed } = run.state;
  if (!written.includes('destinations') && !unconfirmed.includes('destinations')) return;
  await run.write('destinations', 'remove what was made for the canary', (activities, target) =>
    activities.removeDestinations(target),
  );
}
