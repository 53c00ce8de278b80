/**
 * What an abort needs, kept in the cluster before the first write that changes anything (order rule 5): a ControllerRevision
 * `sluice-<plan>-<epoch>`. Its data cannot be changed once created, and no owner takes it along: a primary is made anew, too.
 */
import { randomBytes } from 'node:crypto';
import type { NewRevision } from '../../contract/detected.ts';
import type { Plan } from '../../contract/plan.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient, KubeObject, Ref } from '../client/client.ts';
import { ClusterError, unless } from '../client/errors.ts';
import { claimOf, OWNER, PLAN_LABEL } from '../objects/annotations.ts';
import { digest } from '../objects/digest.ts';
import type { PodTemplate } from '../objects/pod-template.ts';
import { controllerRevisionRef, describeRef } from '../objects/refs.ts';
import { Refusal } from './refusals.ts';

export interface RolloutSnapshot extends NewRevision {
  plan: Plan;
  /** Containers that get the image; the first one's is the revision's. */
  targets: string[];
  /** Labels that are not part of a revision, see `identityKeys`. */
  identityKeys: string[];
  /** The primary's template as found. */
  previousTemplate: PodTemplate;
  /** The template to roll out, with the primary's identity labels. */
  newTemplate: PodTemplate;
  /** Random, so that its hash, which histories show, tells nobody what is in it. */
  salt?: string;
}

interface ControllerRevision extends KubeObject {
  data: RolloutSnapshot;
  revision: number;
}

/** Rollouts whose snapshots are kept. */
const KEPT = 10;

function snapshotRef({ namespace, name }: TargetPlan, epoch: number): Ref {
  return controllerRevisionRef(namespace, `sluice-${name}-${epoch}`);
}

/** Epochs of the plan's snapshots that are there, in no order. */
export async function listSnapshots(client: KubeClient, plan: TargetPlan): Promise<RolloutSnapshot[]> {
  const ref = controllerRevisionRef(plan.namespace);
  const all = await client.list<ControllerRevision>(ref, { labelSelector: `${PLAN_LABEL}=${plan.name}` });
  return ownOf(all, plan.namespace);
}

/** The last snapshot of every plan of a namespace. */
export async function latestSnapshots(client: KubeClient, namespace: string): Promise<RolloutSnapshot[]> {
  const all = await client.list<ControllerRevision>(controllerRevisionRef(namespace), { labelSelector: PLAN_LABEL });
  const latest = new Map<string, RolloutSnapshot>();
  for (const one of ownOf(all, namespace)) {
    const { name } = one.plan;
    if (one.epoch > (latest.get(name)?.epoch ?? 0)) latest.set(name, one);
  }
  return [...latest.values()];
}

/** Who may place one in a namespace does not speak for another. */
function ownOf(all: ControllerRevision[], namespace: string): RolloutSnapshot[] {
  return all.map(({ data }) => data).filter(({ plan }) => plan.namespace === namespace);
}

/** What the workflow keeps of a snapshot, with the hash by which it is known again. */
export function newRevisionOf(snapshot: RolloutSnapshot): NewRevision {
  const { plan: _, targets: __, identityKeys: ___, previousTemplate: ____, newTemplate: _____, ...more } = snapshot;
  const { salt: ______, ...kept } = more;
  return { ...kept, snapshotHash: digest(snapshot) };
}

/**
 * @param hash as detected; absent: whatever is there is taken
 * @throws Refusal `SnapshotMissing`, or `SnapshotChanged` when it is not the one that was detected
 */
export async function readSnapshot(
  client: KubeClient,
  plan: TargetPlan,
  epoch: number,
  hash?: string,
): Promise<RolloutSnapshot> {
  const ref = snapshotRef(plan, epoch);
  const found = await client.get<ControllerRevision>(ref);
  if (found && hash !== undefined && digest(found.data) !== hash) throw changed(ref);
  if (found) return found.data;
  throw new Refusal(
    'SnapshotMissing',
    `${describeRef(ref)} is not there, so the templates of rollout ${plan.name}-${epoch} are not known; somebody deleted it`,
  );
}

/**
 * For those that only tell templates apart by it, and can do without.
 * @returns undefined when it is not there, or may not be read
 */
export async function findSnapshot(
  client: KubeClient,
  plan: TargetPlan,
  epoch: number,
): Promise<RolloutSnapshot | undefined> {
  try {
    return await readSnapshot(client, plan, epoch);
  } catch (error) {
    if (error instanceof Refusal || (error instanceof ClusterError && !error.retryable)) return undefined;
    throw error;
  }
}

function changed(ref: Ref): Refusal {
  return new Refusal(
    'SnapshotChanged',
    `${describeRef(ref)} is not what this rollout saved, so its templates are not written; find out who replaced it, and delete it`,
  );
}

/**
 * Creates it, or leaves the one that is there: a snapshot of an epoch is written once.
 * @returns the one that is there
 * @throws Refusal `SnapshotChanged` when that has other templates or another plan: no earlier attempt wrote it
 */
export async function saveSnapshot(client: KubeClient, made: RolloutSnapshot): Promise<RolloutSnapshot> {
  const snapshot = { ...made, salt: randomBytes(16).toString('hex') };
  const { plan, epoch } = snapshot;
  const ref = snapshotRef(plan, epoch);
  const object: ControllerRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: ref.name,
      namespace: plan.namespace,
      labels: { [PLAN_LABEL]: plan.name },
      annotations: { [OWNER]: claimOf(plan) },
    },
    data: snapshot,
    revision: epoch,
  };
  if (await unless('conflict', client.create(ref, object))) return snapshot;
  const there = await readSnapshot(client, plan, epoch);
  const matters = (one: RolloutSnapshot) => digest([one.plan, one.previousTemplate, one.newTemplate]);
  if (matters(there) !== matters(snapshot)) throw changed(ref);
  return there;
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
