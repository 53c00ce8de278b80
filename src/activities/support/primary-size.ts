/** The primary at the size that users need, before they return to it (order rule 4). */

import type { FencedTarget } from '../../contract/activities.ts';
import type { KubeClient, PatchOperation } from '../../kubernetes/client/client.ts';
import { annotate, annotation, forget, WROTE } from '../../kubernetes/objects/annotations.ts';
import { type Autoscaler, writeBounds } from '../../kubernetes/objects/autoscalers.ts';
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
  return [{ op: 'add', path: '/spec/replicas', value: replicas }, ...annotate({}, { [WROTE]: String(replicas) })];
}

/** A primary that we made larger goes back to its size, unless somebody has scaled it since. */
export function shrinkPatch(primary: Deployment, replicas: number, hasAutoscaler: boolean): PatchOperation[] {
  const ours = !hasAutoscaler && annotation(primary, WROTE) === String(replicasOf(primary));
  const back: PatchOperation[] = ours ? [{ op: 'add', path: '/spec/replicas', value: replicas }] : [];
  return [...back, ...forget(primary, WROTE)];
}

/** Without users the autoscaler lets the primary shrink, at any time: its minimum keeps it at size, its maximum allows it. */
export async function raiseMinimum(
  client: KubeClient,
  autoscaler: Autoscaler | undefined,
  input: FencedTarget & { replicas?: number },
): Promise<void> {
  const { plan, replicas = 0 } = input;
  if (!autoscaler) return;
  const ref = autoscalerRef(plan.namespace, autoscaler.metadata.name);
  await writeBounds(client, ref, writeAs(input), ({ min, max }) => ({
    min: Math.max(min, replicas),
    max: Math.max(max, replicas),
  }));
}
