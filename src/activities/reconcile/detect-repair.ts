/**
 * Checklist line 1 of a repair: what a lost rollout has left behind, under a number of its own. From then on every late write of
 * the lost one is refused, and the way back has a snapshot as after any other rollout (order rules 3 and 5).
 */

import type { Detected, DetectInput, InCluster } from '../../contract/detected.ts';
import { rolloutId } from '../../contract/ids.ts';
import type { RouteIntent } from '../../contract/intent.ts';
import type { Plan } from '../../contract/plan.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { storedDeliveries } from '../../kubernetes/objects/annotations.ts';
import type { Deployment } from '../../kubernetes/objects/deployments.ts';
import { missingPrimary } from '../../kubernetes/objects/preflight.ts';
import { versionOf } from '../../kubernetes/objects/primary-template.ts';
import { controllerRevisionRef, deploymentRef, describeRef } from '../../kubernetes/objects/refs.ts';
import { revisionOf } from '../../kubernetes/objects/revisions.ts';
import { listSnapshots, newRevisionOf, type RolloutSnapshot, saveSnapshot } from '../../kubernetes/writes/snapshot.ts';
import { allocate } from '../support/allocation.ts';
import { epochOf, isPromoted, leftBehind, podHashOf, type Remains, readRemains } from './left-behind.ts';

/**
 * @throws Refusal when a later run has begun already
 * @throws ClusterError; `conflict` when somebody wrote the primary since it was read: look again
 */
export async function detectRepair(
  { client, clusterUid }: { client: KubeClient } & InCluster,
  { offer, run, startedAt }: DetectInput,
): Promise<Detected> {
  const { plan } = offer;
  const [remains, snapshots, podHash] = await read(client, plan);
  const { primary } = remains;
  if (!primary) return { kind: 'refused', problems: [missingPrimary(plan)] };
  const known = storedDeliveries(primary).find(({ id }) => id === offer.id);
  if (known && known.run !== run) return { kind: 'duplicate', rollout: rolloutId(plan.name, known.epoch) };

  const last = lastSnapshot(snapshots, known?.epoch);
  if (!last) return { kind: 'refused', problems: [missingSnapshot(plan)] };
  const left = leftBehind(last, remains);
  if (!left) return { kind: 'sound', sentence: `Nothing is left of ${rolloutId(plan.name, last.epoch)}.` };

  const epochs = snapshots.map((one) => one.epoch);
  const epoch = known?.epoch ?? 1 + epochOf(plan, remains, epochs);
  // nothing of it goes forward, so it is bound to no object
  const snapshot: RolloutSnapshot = { ...asFound(last, remains, primary, left.route), epoch, clusterUid, uids: {} };
  if (!known) {
    const running = runningRevision(last, primary).id;
    await allocate(client, primary, { plan, delivery: { id: offer.id, epoch, run, startedAt }, running });
  }
  const stored = await saveSnapshot(client, snapshot);
  return { kind: 'repair', left: { ...left, ...(podHash && { podHash }) }, ...newRevisionOf(stored) };
}

async function read(client: KubeClient, plan: Plan) {
  const [remains, snapshots] = await Promise.all([readRemains(client, plan), listSnapshots(client, plan)]);
  return [remains, snapshots, await podHashOf(client, remains)] as const;
}

/** The lost rollout's: not the one that an earlier attempt of this repair saved. */
function lastSnapshot(snapshots: RolloutSnapshot[], own: number | undefined): RolloutSnapshot | undefined {
  return snapshots.filter(({ epoch }) => epoch !== own).toSorted((a, b) => b.epoch - a.epoch)[0];
}

/**
 * What to go back to. A primary that runs the new revision under users keeps it, and one that somebody has changed since keeps
 * their change: nobody else's work is undone.
 */
function asFound(last: RolloutSnapshot, remains: Remains, primary: Deployment, route: RouteIntent) {
  if (isPromoted(last, remains, route)) return keepNew(last);
  const known = versionOf(primary, last);
  if (known !== undefined) return { ...last, warnings: [] };
  const running = runningRevision(last, primary);
  const where = describeRef(deploymentRef(last.plan.namespace, last.plan.workload.primary));
  return {
    ...last,
    previous: running,
    previousTemplate: primary.spec.template,
    warnings: [`${where} was changed by somebody since ${rolloutId(last.plan.name, last.epoch)}; it stays as it is.`],
  };
}

function keepNew(last: RolloutSnapshot): RolloutSnapshot {
  const { plan, autoscalers, revision, newTemplate } = last;
  const planned = plan.scale.primary.autoscaler;
  const primary = autoscalers.primary && { ...autoscalers.primary, ...planned };
  return {
    ...last,
    previous: revision,
    previousTemplate: newTemplate,
    autoscalers: { ...autoscalers, ...(primary && { primary }) },
    warnings: [],
  };
}

function runningRevision(last: RolloutSnapshot, primary: Deployment) {
  const version = versionOf(primary, last);
  if (version) return version === 'new' ? last.revision : last.previous;
  const { template } = primary.spec;
  return revisionOf(template, last.targets, [], last.identityKeys);
}

function missingSnapshot({ namespace, name }: Plan) {
  return {
    where: describeRef(controllerRevisionRef(namespace, `sluice-${name}-…`)),
    problem: 'there is no snapshot of an earlier rollout, so nobody knows what was there before it',
    remedy: 'bring the route, the primary and the canary to rest by hand',
  };
}
