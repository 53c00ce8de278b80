/**
 * What an abort needs, kept in the cluster before the first write that changes anything (order rule 5): a ControllerRevision
 * `sluice-<plan>-<epoch>` that belongs to the primary Deployment. Its data cannot be changed once created.
 */
import type { NewRevision } from '../../contract/activities.ts';
import type { Plan } from '../../contract/plan.ts';
import type { KubeClient, KubeObject, Ref } from '../client/client.ts';
import { ClusterError } from '../client/errors.ts';
import { claimOf, OWNER, PLAN_LABEL } from '../objects/annotations.ts';
import type { PodTemplate } from '../objects/canonical.ts';
import type { Deployment } from '../objects/deployments.ts';
import { controllerRevisionRef, describeRef } from '../objects/refs.ts';
import { Refusal } from './refusals.ts';

export interface RolloutSnapshot extends NewRevision {
  plan: Plan;
  /** Labels that are not part of a revision, see `identityKeys`. */
  identityKeys: string[];
  /** The primary's template as found. */
  previousTemplate: PodTemplate;
  /** The template to roll out, with the primary's identity labels. */
  newTemplate: PodTemplate;
}

interface ControllerRevision extends KubeObject {
  data: RolloutSnapshot;
  revision: number;
}

/** Rollouts whose snapshots are kept. */
const KEPT = 10;

function snapshotRef({ namespace, name }: Plan, epoch: number): Ref {
  return controllerRevisionRef(namespace, `sluice-${name}-${epoch}`);
}

/** Epochs of the plan's snapshots that are there, in no order. */
export async function listSnapshots(client: KubeClient, plan: Plan): Promise<RolloutSnapshot[]> {
  const ref = controllerRevisionRef(plan.namespace);
  const all = await client.list<ControllerRevision>(ref, { labelSelector: `${PLAN_LABEL}=${plan.name}` });
  return all.map(({ data }) => data);
}

/** The last snapshot of every plan of a namespace. */
export async function latestSnapshots(client: KubeClient, namespace: string): Promise<RolloutSnapshot[]> {
  const all = await client.list<ControllerRevision>(controllerRevisionRef(namespace), { labelSelector: PLAN_LABEL });
  const latest = new Map<string, RolloutSnapshot>();
  for (const { data } of all) {
    const { name } = data.plan;
    if (data.epoch > (latest.get(name)?.epoch ?? 0)) latest.set(name, data);
  }
  return [...latest.values()];
}

/** @throws Refusal `SnapshotMissing` */
export async function readSnapshot(client: KubeClient, plan: Plan, epoch: number): Promise<RolloutSnapshot> {
  const ref = snapshotRef(plan, epoch);
  const found = await client.get<ControllerRevision>(ref);
  if (found) return found.data;
  throw new Refusal(
    'SnapshotMissing',
    `${describeRef(ref)} is not there, so the templates of rollout ${plan.name}-${epoch} are not known; somebody deleted it, or Deployment ${plan.workload.primary} was made anew`,
  );
}

/** Creates it, or leaves the one that is there: a snapshot of an epoch is written once. */
export async function saveSnapshot(client: KubeClient, primary: Deployment, snapshot: RolloutSnapshot): Promise<void> {
  const { plan, epoch } = snapshot;
  const ref = snapshotRef(plan, epoch);
  const { name, uid = '' } = primary.metadata;
  const object: ControllerRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: ref.name,
      namespace: plan.namespace,
      labels: { [PLAN_LABEL]: plan.name },
      annotations: { [OWNER]: claimOf(plan) },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid }],
    },
    data: snapshot,
    revision: epoch,
  };
  try {
    await client.create(ref, object);
  } catch (error) {
    if (!(error instanceof ClusterError && error.reason === 'conflict')) throw error;
  }
}

/** Deletes those of old rollouts. What cannot be deleted now goes the next time. */
export async function dropOldSnapshots(
  client: KubeClient,
  plan: Plan,
  epochs: number[],
  current: number,
): Promise<void> {
  const old = epochs.filter((epoch) => epoch <= current - KEPT);
  await Promise.allSettled(old.map((epoch) => client.delete(snapshotRef(plan, epoch))));
}
