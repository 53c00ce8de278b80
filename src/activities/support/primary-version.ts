/** The primary with one of the two templates of its rollout, the one before it or the new one, both kept in the snapshot. */

import type { FencedTarget } from '../../contract/activities.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { findAutoscaler } from '../../kubernetes/objects/autoscalers.ts';
import type { Deployment } from '../../kubernetes/objects/deployments.ts';
import type { PodTemplate } from '../../kubernetes/objects/pod-template.ts';
import {
  templateDriftSentence,
  templatePatch,
  type Version,
  versionOf,
} from '../../kubernetes/objects/primary-template.ts';
import { deploymentRef } from '../../kubernetes/objects/refs.ts';
import { fencedPatch } from '../../kubernetes/writes/fenced-patch.ts';
import { isOurs, noteAdmitted } from '../../kubernetes/writes/note-admitted.ts';
import type { RolloutSnapshot } from '../../kubernetes/writes/snapshot.ts';
import { raiseMinimum, sizePatch } from './primary-size.ts';
import { writeAs } from './write-as.ts';

export type VersionResult = { kind: 'written'; primary: Deployment } | { kind: 'drift'; sentence: string };

/**
 * Size first: while the template rolls out nothing may make the primary smaller.
 * @param template of that version, as it is to be written where the primary does not have it
 * @returns `drift` when the primary has a template that is neither, or has it again after the write
 */
export async function writeVersion(
  client: KubeClient,
  input: FencedTarget & { replicas?: number; over?: string },
  snapshot: RolloutSnapshot,
  wanted: Version,
  template: PodTemplate,
): Promise<VersionResult> {
  const { plan, replicas = 0 } = input;
  const { id } = wanted === 'new' ? snapshot.revision : snapshot.previous;
  const ref = deploymentRef(plan.namespace, plan.workload.primary);
  const autoscaler = await findAutoscaler(client, plan.namespace, plan.workload.primary);
  await raiseMinimum(client, autoscaler, input);
  const result = await fencedPatch<Deployment>(client, ref, writeAs(input), {
    change: (primary) =>
      versionOf(primary, snapshot) || templateDriftSentence(primary, snapshot) === input.over
        ? [
            ...templatePatch(primary, snapshot, wanted, template),
            ...sizePatch(primary, replicas, autoscaler !== undefined),
          ]
        : { drift: templateDriftSentence(primary, snapshot) },
    isDone: (primary) => versionOf(primary, snapshot) === wanted || isOurs(primary, id, template),
  });
  if (result.kind === 'drift') return { kind: 'drift', sentence: result.sentence };
  if (result.kind === 'changed') return { kind: 'drift', sentence: templateDriftSentence(result.object, snapshot) };
  return { kind: 'written', primary: await noteAdmitted(client, ref, writeAs(input), result.object, id) };
}
