/** The number of a rollout: one more than any that its objects know, stored with the delivery on the primary. */
import {
  annotate,
  claimOf,
  DELIVERIES,
  EPOCH,
  MAX_DELIVERIES,
  OWNER,
  REVISION,
  storedDeliveries,
  storedEpoch,
} from '../cluster/annotations.ts';
import type { KubeObject, PatchOperation } from '../cluster/client.ts';
import type { Deployment } from '../cluster/deployments.ts';
import { fenceKey, formatFence } from '../rollout/fence.ts';
import type { Plan } from '../rollout/plan.ts';

/** The highest epoch that objects and snapshots of a plan know of; 0: none. */
export function highestEpoch(
  plan: Plan,
  objects: readonly (KubeObject | undefined)[],
  others: readonly number[],
): number {
  return Math.max(0, ...objects.map((object) => storedEpoch(object, plan)), ...others);
}

export interface Allocation {
  plan: Plan;
  epoch: number;
  offer: { id: string; run: string };
  /** Id of the revision that the primary runs. */
  running: string;
}

/** Epoch, delivery, claim and fence in one write that holds only on the primary just read. */
export function allocate(primary: Deployment, { plan, epoch, offer, running }: Allocation): PatchOperation[] {
  const deliveries = [...storedDeliveries(primary), { ...offer, epoch }].slice(-MAX_DELIVERIES);
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: primary.metadata.resourceVersion },
    ...annotate(primary.metadata.annotations, {
      [EPOCH]: String(epoch),
      [DELIVERIES]: JSON.stringify(deliveries),
      [OWNER]: claimOf(plan),
      [fenceKey(plan.name)]: formatFence({ epoch, seq: 0 }),
      [REVISION]: running,
    }),
  ];
}
