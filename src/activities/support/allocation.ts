/** The number of a rollout: one more than any that its objects know, stored with the delivery on the primary. */

import { fenceKey, formatFence } from '../../contract/fence.ts';
import type { Plan } from '../../contract/plan.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient, KubeObject } from '../../kubernetes/client/client.ts';
import {
  annotate,
  annotation,
  claimOf,
  DELIVERIES,
  EPOCH,
  ISSUED,
  MAX_DELIVERIES,
  OWNER,
  type StoredDelivery,
  storedDeliveries,
  storedEpoch,
} from '../../kubernetes/objects/annotations.ts';
import type { Deployment } from '../../kubernetes/objects/deployments.ts';
import { deploymentRef, describeRef } from '../../kubernetes/objects/refs.ts';
import { revisionNotes } from '../../kubernetes/objects/revisions.ts';
import { noteAdmitted } from '../../kubernetes/writes/note-admitted.ts';
import { Refusal } from '../../kubernetes/writes/refusals.ts';

/** The highest epoch that objects and snapshots of a plan know of; 0: none. */
export function highestEpoch(
  plan: TargetPlan,
  objects: readonly (KubeObject | undefined)[],
  others: readonly number[],
): number {
  return Math.max(0, ...objects.map((object) => storedEpoch(object, plan)), ...others);
}

export interface Allocation {
  plan: Plan;
  delivery: StoredDelivery;
  /** Id of the revision that the primary runs. */
  running: string;
  /** When the offer was issued, ISO 8601; absent: nobody vouches for that. */
  issuedAt?: string;
}

/**
 * Epoch, delivery, claim and fence in one write that holds only on the primary just read.
 * @throws ClusterError; `conflict` when somebody wrote the primary since it was read
 * @throws Refusal `FenceRefused` when a run that started later has its number: a detection that stood still must not get a
 * higher one
 */
export async function allocate(
  client: KubeClient,
  primary: Deployment,
  { plan, delivery, running, issuedAt = '' }: Allocation,
): Promise<void> {
  const { epoch } = delivery;
  const known = storedDeliveries(primary);
  assertNewest(plan, known, delivery);
  const ref = deploymentRef(plan.namespace, plan.workload.primary);
  const fence = { epoch, seq: 0 };
  const admitted = await client.patch<Deployment>(ref, [
    { op: 'test', path: '/metadata/resourceVersion', value: primary.metadata.resourceVersion },
    ...annotate(primary.metadata.annotations, {
      [EPOCH]: String(epoch),
      [DELIVERIES]: JSON.stringify([...known, delivery].slice(-MAX_DELIVERIES)),
      [OWNER]: claimOf(plan),
      ...(issuedAt > (annotation(primary, ISSUED) ?? '') && { [ISSUED]: issuedAt }),
      [fenceKey(plan.name)]: formatFence(fence),
      ...revisionNotes(running, primary.spec.template),
    }),
  ]);
  await noteAdmitted(client, ref, { owner: plan.name, namespace: plan.namespace, fence }, admitted, running);
}

function assertNewest(plan: Plan, known: readonly StoredDelivery[], { startedAt = '' }: StoredDelivery): void {
  const later = known.find((other) => startedAt && other.startedAt && other.startedAt > startedAt);
  if (!later) return;
  const where = describeRef(deploymentRef(plan.namespace, plan.workload.primary));
  throw new Refusal(
    'FenceRefused',
    `${where} was given to a rollout that started later, number ${later.epoch}; nothing was written`,
  );
}
