/** The primary at the size that users need, before they return to it (order rule 4). */

import type { FencedTarget, NamedBounds } from '../../contract/activities.ts';
import type { KubeClient, PatchOperation } from '../../kubernetes/client/client.ts';
import { writeBounds } from '../../kubernetes/objects/autoscalers.ts';
import { type Deployment, replicasOf } from '../../kubernetes/objects/deployments.ts';
import { autoscalerRef } from '../../kubernetes/objects/refs.ts';
import { writeAs } from './write-as.ts';

/**
 * An autoscaler owns `replicas`, but for 0, at which it does nothing (kubernetes.io, "Horizontal Pod Autoscaling", implicit
 * maintenance-mode deactivation); otherwise the primary grows to the size that is needed and is never made smaller.
 */
export function sizePatch(primary: Deployment, replicas: number, hasAutoscaler: boolean): PatchOperation[] {
  const current = replicasOf(primary);
  if ((hasAutoscaler && current > 0) || current >= replicas) return [];
  return [{ op: 'add', path: '/spec/replicas', value: replicas }];
}

/**
 * Without users the autoscaler lets the primary shrink: its minimum brings it back to size.
 * @returns whether the bounds were changed
 */
export async function raiseMinimum(
  client: KubeClient,
  primary: Deployment,
  input: FencedTarget & { replicas?: number; autoscaler?: NamedBounds },
): Promise<boolean> {
  const { plan, autoscaler, replicas = 0 } = input;
  if (!autoscaler || replicasOf(primary) >= replicas) return false;
  const atLeast = ({ min, max }: NamedBounds) => ({ min: Math.max(min, replicas), max: Math.max(max, replicas) });
  await writeBounds(client, autoscalerRef(plan.namespace, autoscaler.name), writeAs(input), atLeast);
  return true;
}
