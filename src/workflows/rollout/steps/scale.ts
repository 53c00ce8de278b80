/** Steps 2, 3, 4 and 18: the canary's size, always ready before the traffic that needs it (order rules 1 and 11). */

import { atLeast, canaryCapacity } from '../../../contract/capacity.ts';
import type { NamedBounds } from '../../../contract/detected.ts';
import { plural, sentenceCase } from '../../../contract/words.ts';
import type { Run } from '../run.ts';
import { type WriteCall, write } from '../writer.ts';
import { createDestinations } from './destinations.ts';
import { passGates } from './gates.ts';
import { insistOn, tryOnce } from './insist.ts';
import { awaitReady } from './ready.ts';

/** Step 2. */
export async function scaleCanary(run: Run): Promise<void> {
  await run.step('scale-canary', async () => {
    const { replicas } = run.plan.scale.canary;
    await passGates(run, 'start');
    await createDestinations(run);
    await createCanary(run);
    await writeScale(run, `scale the canary from zero to ${replicas}`, replicas, true);
    return plural(replicas, 'replica');
  });
}

async function createCanary(run: Run): Promise<void> {
  if (!run.detected.withoutCanary) return;
  const summary = 'make the canary from the primary, without replicas';
  run.bind(await insistOn(run, 'canary', summary, (activities, target) => activities.createCanary(target)));
  run.detected.withoutCanary = undefined;
}

/** Step 3: the canary's HPA is a copy of the primary's with its own bounds. */
export async function boundCanaryAutoscaler(run: Run): Promise<void> {
  const { autoscaler: wanted } = run.plan.scale.canary;
  if (!run.detected.autoscalers.primary) return run.skip('canary-autoscaler', 'no HPA');
  if (!wanted) return run.skip('canary-autoscaler', 'not in the plan');
  await run.step('canary-autoscaler', async () => {
    const bounds = atLeast(wanted, run.state.canaryReplicas);
    const summary = `set canary HPA to ${bounds.min}–${bounds.max}`;
    const { autoscaler, uids } = await insistOn(run, 'canary-autoscaler', summary, (activities, target) =>
      activities.boundAutoscaler({ ...target, side: 'canary', bounds }),
    );
    if (uids) run.bind(uids);
    run.state.canaryAutoscaler = autoscaler;
    return autoscaler ? `${autoscaler.min}–${autoscaler.max}` : 'no HPA';
  });
}

/** Step 4. */
export async function probeCanary(run: Run): Promise<void> {
  await run.step('probe-canary', async () => {
    await awaitCanary(run, run.state.canaryReplicas);
    return `${run.view.replicas.canary}/${run.state.canaryReplicas} ready`;
  });
}

/** Brings the canary to the size that `percent` of the traffic needs and waits until it is ready; never shrinks it. */
export async function ensureCapacity(run: Run, percent: number): Promise<void> {
  const needed = canaryCapacity(run.plan, run.detected.primaryReplicas, percent);
  if (needed <= run.state.canaryReplicas) return;
  await writeScale(run, `scale the canary to ${needed} for ${percent} %`, needed, false);
  await awaitCanary(run, needed);
}

/** However long users stay on the canary alone: it has at least the primary's size, whatever the plan says of its share. */
export async function letCanaryCarry(run: Run): Promise<void> {
  const needed = Math.max(run.state.canaryReplicas, run.detected.primaryReplicas);
  await writeScale(run, `keep the canary at ${needed} while users stay on it`, needed, false);
}

/** Waits for ready pods of the revision; not ready in time ends the rollout, with the reason that the pods give. */
export async function awaitCanary(run: Run, replicas: number): Promise<void> {
  run.say(`Waiting for ${plural(replicas, 'ready canary pod')}.`);
  const result = await awaitReady(run, 'canary', replicas);
  run.view.replicas.canary = result.replicas;
  if (!result.ready) run.goBack({ kind: 'failed', reason: `The canary did not become ready: ${result.sentence}` });
  run.state.podHash = result.podHash;
  run.state.ran ??= result.ran;
  if (run.plan.workload.source === 'canary' && !result.held) await insistOn(run, 'canary', HOLD, held(run));
}

const HOLD = 'pause the canary: it keeps the pods that are tested';

/** With `source: canary`: from here on what its owners make of its template waits for the end. */
function held(run: Run): WriteCall<void> {
  const { canaryReplicas: replicas } = run.state;
  const { revision } = run.detected;
  return (activities, target) => activities.scaleCanary({ ...target, revision, replicas, template: false, hold: true });
}

/** Somebody has resumed it. */
export async function holdAgain(run: Run): Promise<void> {
  const sentence = 'Somebody resumed the canary; Sluice paused it again.';
  await tryOnce(run, async () => {
    await write(run, { object: 'canary', what: 'forward', summary: HOLD }, held(run));
    if (!run.view.warnings.includes(sentence)) run.view.warnings.push(sentence);
  });
}

async function writeScale(run: Run, summary: string, replicas: number, template: boolean): Promise<void> {
  run.say(`${sentenceCase(summary)}.`);
  const { revision } = run.detected;
  const autoscaler = scaledAutoscaler(run, replicas);
  await insistOn(run, 'canary', summary, (activities, target) =>
    activities.scaleCanary({ ...target, revision, replicas, template, autoscaler }),
  );
  run.state.canaryReplicas = replicas;
  if (autoscaler) run.state.canaryAutoscaler = autoscaler;
}

/** Once the canary has an HPA its size is written as the HPA's minimum, never as replicas. */
function scaledAutoscaler(run: Run, replicas: number): NamedBounds | undefined {
  const current = run.state.canaryAutoscaler;
  if (!current) return undefined;
  const most = run.detected.autoscalers.primary?.max ?? 0;
  const bounds = atLeast(current, replicas);
  return { name: current.name, min: bounds.min, max: Math.max(bounds.max, most) };
}
