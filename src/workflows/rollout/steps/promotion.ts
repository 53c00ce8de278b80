/** Steps 14 to 18: the primary takes the tested revision while users are on the canary, under the eyes of the guard; then they return. */
import { atLeast, primaryCapacity } from '../../../contract/capacity.ts';
import { bringTo } from '../rest.ts';
import type { Run } from '../run.ts';
import { proveAgain } from './checks.ts';
import { passGates } from './gates.ts';
import { insistOn } from './insist.ts';
import { awaitReady } from './ready.ts';
import { letCanaryCarry } from './scale.ts';

/** How long primary pods must stay ready before users return; a flapping pod never gets there. */
const LONGEST_STABLE_MS = 10_000;

/** Step 14. */
export async function upgradePrimary(run: Run): Promise<void> {
  await run.step('upgrade-primary', async () => {
    if (!run.state.touched) await passGates(run, 'promotion');
    run.say('Upgrading the primary; users are on the canary.');
    const replicas = await awaitPrimary(run, 0);
    return `${replicas}/${primarySize(run)} ready`;
  });
}

/** Step 15: bounds of the plan, but never below the size that users need. */
export async function boundPrimaryAutoscaler(run: Run): Promise<void> {
  const found = run.detected.autoscalers.primary;
  const bounds = found && (run.plan.scale.primary.autoscaler ?? found);
  if (!bounds) return run.skip('primary-autoscaler', 'no HPA');
  await run.step('primary-autoscaler', async () => {
    const { min, max } = atLeast(bounds, primarySize(run));
    await insistOn(run, 'primary-autoscaler', `set primary HPA to ${min}–${max}`, (activities, target) =>
      activities.boundAutoscaler({ ...target, side: 'primary', bounds: { min, max } }),
    );
    // nothing was raised that would have to be lowered again
    const made = run.state.made['primary-autoscaler'];
    if (made && min === bounds.min) made.what = 'planned';
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

/** Step 17. */
export async function switchBack(run: Run): Promise<void> {
  await run.step('switch-back', async () => {
    await bringTo(run, { revision: 'new', until: 'users' });
    return 'primary 100 %';
  });
}

/** Step 18. */
export async function scaleCanaryToZero(run: Run): Promise<void> {
  await run.step('scale-down', () => bringTo(run, { revision: 'new', until: 'rest' }));
}

/** Replicas the primary must have before users return. */
function primarySize({ plan, detected, state }: Run): number {
  return primaryCapacity(plan, detected.primaryReplicas, state.canaryReplicas);
}

/** Users stay on the canary until the primary is fully ready, however long that takes (order rule 4). */
async function awaitPrimary(run: Run, stableMs: number): Promise<number> {
  let asserted = stableMs > 0;
  for (;;) {
    const replicas = primarySize(run);
    if (!asserted) {
      await proveAgain(run, 100);
      await writeUpgrade(run);
    }
    const result = await run.guarding(() => awaitReady(run, 'primary', replicas, stableMs));
    run.view.replicas.primary = result.replicas;
    if (result.ready) return result.replicas;
    await letCanaryCarry(run);
    await run.hold({
      kind: 'primary',
      object: 'primary',
      reason: `The primary did not become ready: ${result.sentence} Users stay on the canary.`,
      answers: { retry: 'writes it again and waits for it again' },
      onAbort: "restores the primary's previous revision, waits until it is ready, then returns users",
      onSilence: 'users stay on the canary',
    });
    // template, size and minimum are asserted until they hold
    asserted = false;
  }
}

async function writeUpgrade(run: Run): Promise<void> {
  const { state, view } = run;
  const { revision, previous } = run.detected;
  for (;;) {
    const before = state.touched;
    state.touched = true;
    const result = await insistOn(run, 'primary', 'upgrade the primary', (activities, target) =>
      activities.upgradePrimary({
        ...{ ...target, revision, previous, replicas: primarySize(run), ran: state.ran },
        ...state.accepted,
      }),
    );
    if (result.kind === 'written') {
      if (result.warning) view.warnings.push(result.warning);
      return;
    }
    state.touched = before;
    if (result.kind === 'users') {
      await meetUsersOnPrimary(run);
      continue;
    }
    const { sentence: over, config: acceptConfig, digests: acceptDigests } = result;
    // what was accepted of something else stays accepted
    state.shown = {
      ...state.accepted,
      ...(acceptConfig ? { acceptConfig } : acceptDigests ? { acceptDigests } : { over }),
    };
    await run.hold({
      kind: 'drift',
      object: 'primary',
      reason: `${result.sentence} Users stay on the canary.`,
      answers: { retry: 'looks at the primary again', overwrite: 'gives the primary the tested revision all the same' },
      onAbort: 'returns users to the primary as it is',
      onSilence: 'users stay on the canary',
    });
    // a person takes time, and what it made untrue is proven again
    await proveAgain(run, 100);
  }
}

/** An interval sees who else changed the route, and asks. */
async function meetUsersOnPrimary(run: Run): Promise<void> {
  run.state.proven = undefined;
  await proveAgain(run, 100);
}
