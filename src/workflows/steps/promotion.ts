/** Steps 14, 15 and 16: the primary takes the tested revision while users are on the canary, under the eyes of the guard. */

import { atLeast, primaryCapacity } from '../../contract/capacity.ts';
import type { Plan } from '../../contract/plan.ts';
import { plural } from '../../contract/words.ts';
import { waitActivities } from '../activities.ts';
import type { Run } from '../run.ts';
import { restoreTraffic } from './checks.ts';
import { passGates } from './gates.ts';
import { live } from './intents.ts';
import { letCanaryCarry } from './scale.ts';

/** How long primary pods must stay ready before users return; a flapping pod never gets there. */
const LONGEST_STABLE_MS = 10_000;

/** Step 14. */
export async function upgradePrimary(run: Run): Promise<void> {
  await run.step('upgrade-primary', async () => {
    await passGates(run, 'promotion');
    await restoreTraffic(run, live(run, 100));
    run.say('Upgrading the primary; users are on the canary.');
    await writeUpgrade(run);
    const replicas = await awaitPrimary(run, 0);
    return `${replicas}/${primarySize(run)} ready`;
  });
}

/** Step 15: bounds of the plan, but never below the size that users need. */
export async function boundPrimaryAutoscaler(run: Run): Promise<void> {
  const bounds = plannedBounds(run);
  if (!bounds) return run.skip('primary-autoscaler', 'no HPA');
  await run.step('primary-autoscaler', async () => {
    const { min, max } = atLeast(bounds, primarySize(run));
    await writePrimaryBounds(run, { min, max });
    return `${min}–${max}`;
  });
}

/** Step 16. */
export async function probePrimary(run: Run): Promise<void> {
  await run.step('probe-primary', async () => {
    const replicas = await awaitPrimary(run, Math.min(LONGEST_STABLE_MS, run.plan.shift.everyMs));
    return `${replicas}/${primarySize(run)} ready and stable`;
  });
}

/** After users are back the primary may shrink to the plan's minimum again. */
export async function relaxPrimaryAutoscaler(run: Run): Promise<void> {
  const bounds = plannedBounds(run);
  if (!bounds || bounds.min >= primarySize(run)) return;
  await writePrimaryBounds(run, bounds);
}

/** Replicas the primary must have before users return. */
export function primarySize(run: Run): number {
  return primaryCapacity(run.detected.primaryReplicas, run.state.canaryReplicas);
}

/** The primary's HPA has another minimum than it was found with: an abort puts it back. */
export function noteRaisedBounds({ state }: Run): void {
  if (!state.written.includes('primary-autoscaler')) state.written.push('primary-autoscaler');
}

export async function writePrimaryBounds(run: Run, bounds: { min: number; max: number }): Promise<void> {
  await run.write('primary-autoscaler', `set primary HPA to ${bounds.min}–${bounds.max}`, (activities, target) =>
    activities.boundAutoscaler({ ...target, side: 'primary', bounds: { min: bounds.min, max: bounds.max } }),
  );
}

function plannedBounds(run: Run): Plan['scale']['primary']['autoscaler'] {
  const found = run.detected.autoscalers.primary;
  return found ? (run.plan.scale.primary.autoscaler ?? { min: found.min, max: found.max }) : undefined;
}

async function writeUpgrade(run: Run): Promise<void> {
  if (run.state.written.includes('primary')) return;
  const { revision, previous, autoscalers } = run.detected;
  for (;;) {
    const result = await run.write('primary', 'upgrade the primary', (activities, target) =>
      activities.upgradePrimary({
        ...target,
        revision,
        previous,
        replicas: primarySize(run),
        hasAutoscaler: autoscalers.primary !== undefined,
        autoscaler: autoscalers.primary,
      }),
    );
    if (result.kind === 'written') {
      if (result.raised) noteRaisedBounds(run);
      return;
    }
    run.state.written = run.state.written.filter((object) => object !== 'primary');
    await run.hold({
      reason: `${result.sentence} Users stay on the canary.`,
      onResume: 'looks at the primary again',
      onAbort: 'returns users to the primary as it is',
      onSilence: 'users stay on the canary',
    });
  }
}

/** Users stay on the canary until the primary is fully ready, however long that takes (order rule 4). */
async function awaitPrimary(run: Run, stableMs: number): Promise<number> {
  const { readyTimeoutMs: timeoutMs } = run.plan.scale;
  const replicas = primarySize(run);
  const summary = `wait for ${plural(replicas, 'ready primary pod')}`;
  for (;;) {
    const result = await run.guarding(() =>
      run.insist(summary, () =>
        waitActivities(run.cluster, summary, timeoutMs + stableMs).awaitReady({
          ...run.target,
          side: 'primary',
          revision: run.detected.revision,
          replicas,
          timeoutMs,
          stableMs,
        }),
      ),
    );
    run.view.replicas.primary = result.replicas;
    if (result.ready) return result.replicas;
    await letCanaryCarry(run);
    await run.hold({
      reason: `The primary did not become ready: ${result.sentence} Users stay on the canary.`,
      onResume: 'waits for the primary again',
      onAbort: "restores the primary's previous revision, waits until it is ready, then returns users",
      onSilence: 'users stay on the canary',
    });
  }
}
