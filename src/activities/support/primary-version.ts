/** The primary with one of the two templates of its rollout, the one before it or the new one, both kept in the snapshot. */

import type { FencedTarget, NamedBounds, UpgradeResult } from '../../contract/activities.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import type { Deployment } from '../../kubernetes/objects/deployments.ts';
import {
  templateDriftSentence,
  templatePatch,
  type Version,
  versionOf,
} from '../../kubernetes/objects/primary-template.ts';
import { deploymentRef } from '../../kubernetes/objects/refs.ts';
import { fencedPatch } from '../../kubernetes/writes/fenced-patch.ts';
import { readSnapshot } from '../../kubernetes/writes/snapshot.ts';
import { raiseMinimum, sizePatch } from './primary-size.ts';
import { writeAs } from './write-as.ts';

export interface PrimarySize {
  replicas?: number;
  hasAutoscaler: boolean;
  autoscaler?: NamedBounds;
}

/** @returns `drift` when the primary has a template that is neither, or has it again after the write */
export async function writeVersion(
  client: KubeClient,
  input: FencedTarget & PrimarySize,
  wanted: Version,
): Promise<UpgradeResult> {
  const { plan, epoch, replicas = 0, hasAutoscaler } = input;
  const snapshot = await readSnapshot(client, plan, epoch);
  const result = await fencedPatch<Deployment>(
    client,
    deploymentRef(plan.namespace, plan.workload.primary),
    writeAs(input),
    {
      change: (primary) =>
        versionOf(primary, snapshot)
          ? [...templatePatch(primary, snapshot, wanted), ...sizePatch(primary, replicas, hasAutoscaler)]
          : { drift: templateDriftSentence(primary, snapshot) },
      isDone: (primary) => versionOf(primary, snapshot) === wanted,
    },
  );
  if (result.kind === 'drift') return { kind: 'drift', sentence: result.sentence };
  if (result.kind === 'changed') return { kind: 'drift', sentence: templateDriftSentence(result.object, snapshot) };
  return { kind: 'written', raised: await raiseMinimum(client, result.object, input) };
}
