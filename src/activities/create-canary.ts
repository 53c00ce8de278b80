/** Before checklist line 2, where there is no canary yet. A write of its own: what follows is bound to what it made (order rule 3). */

import type { FencedTarget } from '../contract/activities.ts';
import type { Uids } from '../contract/detected.ts';
import { fenceKey, formatFence } from '../contract/fence.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { ClusterError, unless } from '../kubernetes/client/errors.ts';
import { annotation, claimOf, OWNER } from '../kubernetes/objects/annotations.ts';
import { getDeployment, newCanary } from '../kubernetes/objects/deployments.ts';
import { deploymentRef, describeRef, uidsOf } from '../kubernetes/objects/refs.ts';
import { recreated } from '../kubernetes/writes/fenced-patch.ts';
import { readSnapshot } from '../kubernetes/writes/snapshot.ts';

/**
 * Without replicas, so a late creation does no harm.
 * @throws Refusal `Recreated` when somebody else has made it since the rollout began
 */
export async function createCanary(client: KubeClient, input: FencedTarget): Promise<Uids> {
  const { plan, epoch, fence, snapshotHash } = input;
  const { namespace, workload } = plan;
  const ref = deploymentRef(namespace, workload.canary);
  const [snapshot, primary] = await Promise.all([
    readSnapshot(client, plan, epoch, snapshotHash),
    getDeployment(client, namespace, workload.primary),
  ]);
  const primaryRef = deploymentRef(namespace, workload.primary);
  if (!primary) throw new ClusterError({ verb: 'get', object: describeRef(primaryRef), reason: 'notFound' });
  const marks = { [fenceKey(plan.name)]: formatFence(fence) };
  const made = await unless('conflict', client.create(ref, newCanary(primary, snapshot.newTemplate, plan, marks)));
  if (made) return uidsOf(deploymentRef, made);
  // An earlier attempt made it, or somebody else.
  const found = await getDeployment(client, namespace, workload.canary);
  if (!found) throw new ClusterError({ verb: 'create', object: describeRef(ref), reason: 'conflict' });
  if (annotation(found, OWNER) !== claimOf(plan)) throw recreated(ref, found);
  return uidsOf(deploymentRef, found);
}
