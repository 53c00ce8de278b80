/** Checklist line 2: the canary gets the revision and at least the replicas that its share needs. Never makes it smaller. */

import type { ScaleInput } from '../contract/activities.ts';
import type { KubeClient, PatchOperation } from '../kubernetes/client/client.ts';
import { ClusterError } from '../kubernetes/client/errors.ts';
import { annotate, REVISION } from '../kubernetes/objects/annotations.ts';
import { writeBounds } from '../kubernetes/objects/autoscalers.ts';
import {
  canaryTemplate,
  type Deployment,
  getDeployment,
  newCanary,
  replicasOf,
} from '../kubernetes/objects/deployments.ts';
import { autoscalerRef, deploymentRef, describeRef } from '../kubernetes/objects/refs.ts';
import { revisionIdOf } from '../kubernetes/objects/revisions.ts';
import { fencedPatch } from '../kubernetes/writes/fenced-patch.ts';
import { Refusal } from '../kubernetes/writes/refusals.ts';
import { type RolloutSnapshot, readSnapshot } from '../kubernetes/writes/snapshot.ts';
import { writeAs } from './support/write-as.ts';

export async function scaleCanary(client: KubeClient, input: ScaleInput): Promise<void> {
  const { plan, epoch, template, autoscaler, replicas } = input;
  const snapshot = template ? await readSnapshot(client, plan, epoch) : undefined;
  try {
    await writeDeployment(client, input, snapshot);
  } catch (error) {
    if (!(error instanceof ClusterError && error.reason === 'notFound')) throw error;
    const known = snapshot ?? (await readSnapshot(client, plan, epoch));
    await createCanary(client, input, known);
    await writeDeployment(client, input, known);
  }
  if (!autoscaler) return;
  await writeBounds(client, autoscalerRef(plan.namespace, autoscaler.name), writeAs(input), (found) => ({
    min: Math.max(found.min, replicas),
    max: Math.max(found.max, autoscaler.max, replicas),
  }));
}

/** With no replicas: the fenced write that follows scales it, so a late creation does no harm. */
async function createCanary(client: KubeClient, { plan }: ScaleInput, snapshot: RolloutSnapshot) {
  const primary = await getDeployment(client, plan.namespace, plan.workload.primary);
  const primaryRef = deploymentRef(plan.namespace, plan.workload.primary);
  if (!primary) throw new ClusterError({ verb: 'get', object: describeRef(primaryRef), reason: 'notFound' });
  try {
    const canary = newCanary(primary, snapshot.newTemplate, plan);
    await client.create(deploymentRef(plan.namespace, plan.workload.canary), canary);
  } catch (error) {
    if (!(error instanceof ClusterError && error.reason === 'conflict')) throw error;
  }
}

async function writeDeployment(
  client: KubeClient,
  input: ScaleInput,
  snapshot: RolloutSnapshot | undefined,
): Promise<void> {
  const { plan, revision, replicas, autoscaler } = input;
  const ref = deploymentRef(plan.namespace, plan.workload.canary);
  const result = await fencedPatch<Deployment>(client, ref, writeAs(input), {
    change: (canary) => [
      ...(snapshot ? templatePatch(canary, snapshot, input) : []),
      ...replicasPatch(canary, replicas, autoscaler !== undefined),
    ],
    isDone: (canary) => {
      const running = !snapshot || revisionIdOf(canary.spec.template, snapshot.identityKeys) === revision.id;
      return running && replicasPatch(canary, replicas, autoscaler !== undefined).length === 0;
    },
  });
  if (result.kind !== 'changed') return;
  const count = replicasOf(result.object);
  throw new Refusal(
    'Drift',
    `somebody changed ${describeRef(ref)} after Sluice had written it: it has ${count} replicas where ${replicas} are needed, or another template`,
  );
}

function templatePatch(
  canary: Deployment,
  snapshot: RolloutSnapshot,
  { plan, revision }: ScaleInput,
): PatchOperation[] {
  const value = canaryTemplate(snapshot.newTemplate, canary, plan.workload.canaryLabels);
  return [{ op: 'replace', path: '/spec/template', value }, ...annotate({}, { [REVISION]: revision.id })];
}

/** An active autoscaler owns `replicas`; at 0 it is switched off, and only a write of `replicas` wakes it. */
function replicasPatch(canary: Deployment, wanted: number, hasAutoscaler: boolean): PatchOperation[] {
  const current = replicasOf(canary);
  if (current >= wanted || (hasAutoscaler && current > 0)) return [];
  return [{ op: 'add', path: '/spec/replicas', value: wanted }];
}
