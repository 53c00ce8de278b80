/** A Deployment as decisions see it. Pure. */
import type { LookInput, Side } from '../../contract/activities.ts';
import { GONE, type WorkloadSeen } from '../../contract/world.ts';
import type { RolloutSnapshot } from '../writes/snapshot.ts';
import { storedFence } from './annotations.ts';
import { type Deployment, replicasOf } from './deployments.ts';
import { versionOf } from './primary-template.ts';
import { saysNoted } from './revisions.ts';

/** @param snapshot of the rollout; undefined: templates are told apart by the revision noted on them */
export function seeWorkload(
  deployment: Deployment | undefined,
  side: Side,
  of: LookInput,
  snapshot: RolloutSnapshot | undefined,
): WorkloadSeen {
  if (!deployment) return GONE;
  const { metadata, status = {} } = deployment;
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status;
  const { uid, generation = 0 } = metadata;
  const observed = observedGeneration >= generation;
  const fence = storedFence(deployment, of.plan.name);
  return {
    ...(uid && { uid }),
    template: templateOf(deployment, side, of, snapshot),
    mixed: !observed || replicas > updatedReplicas,
    wanted: replicasOf(deployment),
    ready: readyReplicas,
    updated: observed ? Math.min(readyReplicas, updatedReplicas) : 0,
    ...(fence && { fence }),
  };
}

function templateOf(
  deployment: Deployment,
  side: Side,
  { revision, previous }: LookInput,
  snapshot: RolloutSnapshot | undefined,
): WorkloadSeen['template'] {
  if (saysNoted(deployment, revision.id)) return 'new';
  if (snapshot) return versionOf(deployment, snapshot) ?? 'foreign';
  return side === 'primary' && saysNoted(deployment, previous.id) ? 'previous' : 'foreign';
}
