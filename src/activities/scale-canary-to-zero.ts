/** Checklist line 18: the canary goes to zero, and its autoscaler back to the bounds it had. */

import type { ScaleDownInput } from '../contract/activities.ts';
import type { NamedBounds } from '../contract/detected.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { unless } from '../kubernetes/client/errors.ts';
import { putBoundsBack } from '../kubernetes/objects/autoscalers.ts';
import { type Deployment, replicasOf } from '../kubernetes/objects/deployments.ts';
import { isHeld, release } from '../kubernetes/objects/held.ts';
import { autoscalerRef, deploymentRef, describeRef } from '../kubernetes/objects/refs.ts';
import { fencedPatch } from '../kubernetes/writes/fenced-patch.ts';
import { Refusal } from '../kubernetes/writes/refusals.ts';
import { leadingToCanary } from './support/where-users-are.ts';
import { writeAs } from './support/write-as.ts';

/**
 * Replicas first: at zero the autoscaler is switched off, so its bounds cannot bring pods back. What is gone is done.
 * @throws Refusal `Drift` when a route of the plan leads to the canary (order rule 1)
 */
export async function scaleCanaryToZero(client: KubeClient, input: ScaleDownInput): Promise<void> {
  const { plan, autoscaler } = input;
  const leading = await leadingToCanary(client, plan);
  if (leading) throw new Refusal('Drift', `${leading}; the canary is not scaled down under it`);
  await unless('notFound', writeZero(client, input));
  if (autoscaler) await unless('notFound', putBack(client, plan.namespace, autoscaler, input));
}

async function writeZero(client: KubeClient, input: ScaleDownInput): Promise<void> {
  const ref = deploymentRef(input.plan.namespace, input.plan.workload.canary);
  const result = await fencedPatch<Deployment>(client, ref, writeAs(input), {
    // at zero a template that came meanwhile makes no pods
    change: (canary) => [{ op: 'add', path: '/spec/replicas', value: 0 }, ...release(canary)],
    isDone: (canary) => replicasOf(canary) === 0 && !isHeld(canary),
  });
  if (result.kind !== 'changed') return;
  throw new Refusal(
    'Drift',
    `somebody scaled ${describeRef(ref)} to ${replicasOf(result.object)} after Sluice had set it to 0`,
  );
}

async function putBack(
  client: KubeClient,
  namespace: string,
  { name, min, max }: NamedBounds,
  input: ScaleDownInput,
): Promise<void> {
  await putBoundsBack(client, autoscalerRef(namespace, name), writeAs(input), { min, max });
}
