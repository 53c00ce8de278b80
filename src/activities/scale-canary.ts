/** Checklist line 2: the canary gets the revision and at least the replicas that its share needs. Never makes it smaller. */

import type { ScaleInput } from '../contract/activities.ts';
import type { KubeClient, PatchOperation } from '../kubernetes/client/client.ts';
import { annotate } from '../kubernetes/objects/annotations.ts';
import { findAutoscaler, writeBounds } from '../kubernetes/objects/autoscalers.ts';
import { canaryTemplate, type Deployment, replicasOf } from '../kubernetes/objects/deployments.ts';
import { hold, isHeld, release } from '../kubernetes/objects/held.ts';
import type { PodTemplate } from '../kubernetes/objects/pod-template.ts';
import { autoscalerRef, deploymentRef, describeRef } from '../kubernetes/objects/refs.ts';
import { isReplaced, revisionNotes, sameTemplate } from '../kubernetes/objects/revisions.ts';
import { fencedPatch } from '../kubernetes/writes/fenced-patch.ts';
import { isOurs, noteAdmitted } from '../kubernetes/writes/note-admitted.ts';
import { Refusal } from '../kubernetes/writes/refusals.ts';
import { type RolloutSnapshot, readSnapshot } from '../kubernetes/writes/snapshot.ts';
import { writeAs } from './support/write-as.ts';

export async function scaleCanary(client: KubeClient, input: ScaleInput): Promise<void> {
  const { plan, epoch, template, replicas, snapshotHash } = input;
  const [snapshot, found] = await Promise.all([
    template ? readSnapshot(client, plan, epoch, snapshotHash) : undefined,
    findAutoscaler(client, plan.namespace, plan.workload.canary),
  ]);
  await writeDeployment(client, input, snapshot, found !== undefined);
  if (!found) return;
  await writeBounds(client, autoscalerRef(plan.namespace, found.metadata.name), writeAs(input), ({ min, max }) => ({
    min: Math.max(min, replicas),
    max: Math.max(max, input.autoscaler?.max ?? 0, replicas),
  }));
}

async function writeDeployment(
  client: KubeClient,
  input: ScaleInput,
  snapshot: RolloutSnapshot | undefined,
  hasAutoscaler: boolean,
): Promise<void> {
  const { plan, revision, replicas } = input;
  const ref = deploymentRef(plan.namespace, plan.workload.canary);
  const own = plan.workload.source === 'canary';
  const templateFor = ({ spec, ...canary }: Deployment) =>
    snapshot &&
    (own ? spec.template : canaryTemplate(snapshot.newTemplate, { spec, ...canary }, plan.workload.canaryLabels));
  const result = await fencedPatch<Deployment>(client, ref, writeAs(input), {
    change: (canary) => {
      if (own && snapshot && !sameTemplate(canary.spec.template, snapshot.newTemplate, snapshot.identityKeys))
        return { drift: `${describeRef(ref)} has another template than the one that was detected` };
      if (input.hold && !snapshot && isReplaced(canary))
        return { drift: `${describeRef(ref)} has another template than the one that was tested` };
      return [
        ...templatePatch(templateFor(canary), revision.id, own),
        ...(snapshot ? release(canary) : []),
        ...(input.hold ? hold(canary) : []),
        ...replicasPatch(canary, replicas, hasAutoscaler),
      ];
    },
    isDone: (canary) => {
      const template = templateFor(canary);
      const runs = !template || isOurs(canary, revision.id, template);
      return runs && (!input.hold || isHeld(canary)) && replicasPatch(canary, replicas, hasAutoscaler).length === 0;
    },
  });
  if (result.kind === 'drift') throw new Refusal('Drift', `${result.sentence}; nothing was written`);
  if (result.kind !== 'changed') {
    if (snapshot) await noteAdmitted(client, ref, writeAs(input), result.object, revision.id);
    return;
  }
  const count = replicasOf(result.object);
  throw new Refusal(
    'Drift',
    `somebody changed ${describeRef(ref)} after Sluice had written it: it has ${count} replicas where ${replicas} are needed, another template, or was resumed`,
  );
}

/** @param isThere with `source: canary` it is others', and only what it is called is noted */
function templatePatch(value: PodTemplate | undefined, id: string, isThere: boolean): PatchOperation[] {
  if (!value) return [];
  const write: PatchOperation[] = isThere ? [] : [{ op: 'replace', path: '/spec/template', value }];
  return [...write, ...annotate({}, revisionNotes(id, value))];
}

/** An active autoscaler owns `replicas`; at 0 it is switched off, and only a write of `replicas` wakes it. */
function replicasPatch(canary: Deployment, wanted: number, hasAutoscaler: boolean): PatchOperation[] {
  const current = replicasOf(canary);
  if (current >= wanted || (hasAutoscaler && current > 0)) return [];
  return [{ op: 'add', path: '/spec/replicas', value: wanted }];
}
