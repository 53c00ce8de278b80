/** Checklist lines 3 and 15: the bounds of one side's HorizontalPodAutoscaler. */

import type { BoundsInput, BoundsResult } from '../contract/activities.ts';
import { fenceKey, formatFence } from '../contract/fence.ts';
import type { AutoscalerBounds } from '../contract/plan.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { ClusterError, unless } from '../kubernetes/client/errors.ts';
import { claimOf, OWNER } from '../kubernetes/objects/annotations.ts';
import {
  type Autoscaler,
  autoscalersOf,
  boundsOf,
  listAutoscalers,
  newCanaryAutoscaler,
  putBoundsBack,
  writeBounds,
} from '../kubernetes/objects/autoscalers.ts';
import { getDeployment } from '../kubernetes/objects/deployments.ts';
import { autoscalerRef, deploymentRef, describeRef, uidsOf } from '../kubernetes/objects/refs.ts';
import { Refusal } from '../kubernetes/writes/refusals.ts';
import { writeAs } from './support/write-as.ts';

/**
 * The canary's autoscaler is made from the primary's when it has none, and may always grow as far as the primary's
 * (order rule 11). Without an autoscaler on either side there is nothing to set.
 */
export async function boundAutoscaler(client: KubeClient, input: BoundsInput): Promise<BoundsResult> {
  const { plan, side, bounds } = input;
  const all = await listAutoscalers(client, plan.namespace);
  const [primary] = autoscalersOf(all, plan.workload.primary);
  const [own] = autoscalersOf(all, plan.workload[side]);
  const wanted =
    side === 'canary' ? { min: bounds.min, max: Math.max(bounds.max, primary?.spec.maxReplicas ?? 0) } : bounds;
  if (own) return setBounds(client, own, input, input.putBack ? bounds : wanted);
  if (input.putBack || side === 'primary' || !primary) return {};
  return createForCanary(client, primary, input, wanted);
}

async function setBounds(
  client: KubeClient,
  own: Autoscaler,
  input: BoundsInput,
  bounds: AutoscalerBounds,
): Promise<BoundsResult> {
  const ref = autoscalerRef(input.plan.namespace, own.metadata.name);
  const set = input.putBack
    ? putBoundsBack(client, ref, writeAs(input), bounds)
    : writeBounds(client, ref, writeAs(input), () => bounds);
  return { autoscaler: await set, uids: uidsOf(autoscalerRef, own) };
}

async function createForCanary(
  client: KubeClient,
  primary: Autoscaler,
  input: BoundsInput,
  bounds: AutoscalerBounds,
): Promise<BoundsResult> {
  const { plan, fence } = input;
  const { namespace, workload } = plan;
  const canary = await getDeployment(client, namespace, workload.canary);
  const canaryRef = deploymentRef(namespace, workload.canary);
  if (!canary) throw new ClusterError({ verb: 'get', object: describeRef(canaryRef), reason: 'notFound' });
  const marks = { [OWNER]: claimOf(plan), [fenceKey(plan.name)]: formatFence(fence) };
  const ref = autoscalerRef(namespace, workload.canary);
  const made = await unless('conflict', client.create(ref, newCanaryAutoscaler(primary, canary, bounds, marks)));
  if (made) return { autoscaler: boundsOf(made), uids: uidsOf(autoscalerRef, made) };
  // An earlier attempt made it, or the name is somebody else's.
  const [own] = autoscalersOf(await listAutoscalers(client, namespace), workload.canary);
  if (own) return setBounds(client, own, input, bounds);
  throw new Refusal(
    'ClaimRefused',
    `${describeRef(ref)} exists and scales something else than ${describeRef(canaryRef)}; rename it, or make an autoscaler for the canary`,
  );
}
