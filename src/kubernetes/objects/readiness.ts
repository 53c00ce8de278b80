/** When a Deployment has rolled out a revision completely. Pure. */
import type { Revision } from '../../contract/revision.ts';
import { type Deployment, lastWriter, replicasOf } from './deployments.ts';
import { isHeld } from './held.ts';
import { saysNoted } from './revisions.ts';

export interface Readiness {
  ready: boolean;
  /** Ready pods of the newest template. */
  replicas: number;
  sentence: string;
}

/**
 * Ready means: the controller has seen the last change, every pod is of the revision and of no other, all of them are ready
 * and available, and there are as many as needed.
 */
export function readinessOf(deployment: Deployment, revision: Revision, needed: number): Readiness {
  const { metadata, spec, status = {} } = deployment;
  const wanted = replicasOf(deployment);
  const { replicas = 0, readyReplicas: ready = 0, availableReplicas: available = 0 } = status;
  const held = isHeld(deployment);
  // the controller counts by a template of which no pod was made
  const updated = held ? replicas : (status.updatedReplicas ?? 0);
  const say = (ok: boolean, sentence: string): Readiness => ({
    ready: ok,
    replicas: Math.min(ready, updated),
    sentence,
  });

  if (!saysNoted(deployment, revision.id)) {
    const writer = lastWriter(deployment);
    const by = writer ? `; last written by ${writer}` : '';
    return say(false, `${metadata.name} does not have revision ${revision.id}${by}`);
  }
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    return say(false, `the last change of ${metadata.name} has not been taken up yet`);
  }
  if (spec.paused && !held) return say(false, `${metadata.name} is paused`);
  if (wanted < needed) return say(false, `${metadata.name} has ${wanted} replicas and needs ${needed}`);
  if (updated < wanted) return say(false, `${updated} of ${wanted} pods of ${metadata.name} have the revision`);
  if (replicas > updated) return say(false, `${replicas - updated} old pods of ${metadata.name} are still there`);
  if (ready < wanted || available < wanted) {
    return say(false, `${Math.min(ready, available)} of ${wanted} pods of ${metadata.name} are ready`);
  }
  return say(true, `${ready} of ${wanted} pods of ${metadata.name} are ready`);
}
