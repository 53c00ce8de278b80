/** Checklist line 14: the primary gets exactly the revision that was tested. */
import type { KubeClient } from '../cluster/client.ts';
import type { Deployment } from '../cluster/deployments.ts';
import { fencedPatch } from '../cluster/fenced-patch.ts';
import { driftSentence, templatePatch, versionOf } from '../cluster/primary-template.ts';
import { deploymentRef } from '../cluster/refs.ts';
import { readSnapshot } from '../cluster/snapshot.ts';
import type { ClusterActivities, UpgradeInput, UpgradeResult } from '../rollout/activities.ts';
import { raiseMinimum, sizePatch } from './primary-size.ts';
import { activity } from './run.ts';
import { writeAs } from './write-as.ts';

export function createUpgradePrimary({ client }: { client: KubeClient }): ClusterActivities['upgradePrimary'] {
  return activity((input, { signal }) => upgradePrimary(client, input, signal));
}

export async function upgradePrimary(
  client: KubeClient,
  input: UpgradeInput,
  signal?: AbortSignal,
): Promise<UpgradeResult> {
  const { plan, epoch } = input;
  const snapshot = await readSnapshot(client, plan, epoch, signal);
  const result = await fencedPatch<Deployment>(
    client,
    deploymentRef(plan.namespace, plan.workload.primary),
    writeAs(input),
    {
      change: (primary) =>
        versionOf(primary, snapshot)
          ? [...templatePatch(primary, snapshot, 'new'), ...sizePatch(primary, input.replicas, input.hasAutoscaler)]
          : { drift: driftSentence(primary, snapshot) },
      isDone: (primary) => versionOf(primary, snapshot) === 'new',
    },
    signal,
  );
  if (result.kind === 'drift') return { kind: 'drift', sentence: result.sentence };
  if (result.kind === 'changed') return { kind: 'drift', sentence: driftSentence(result.object, snapshot) };
  return { kind: 'written', raised: await raiseMinimum(client, result.object, input, signal) };
}
