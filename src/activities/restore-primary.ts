/** After an abort that came once the primary had been touched: its previous template, from the snapshot. */

import type { RestorePrimaryInput } from '../contract/activities.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { findAutoscaler } from '../kubernetes/objects/autoscalers.ts';
import type { Deployment } from '../kubernetes/objects/deployments.ts';
import { deploymentRef } from '../kubernetes/objects/refs.ts';
import { fencedPatch } from '../kubernetes/writes/fenced-patch.ts';
import { Refusal } from '../kubernetes/writes/refusals.ts';
import { readSnapshot } from '../kubernetes/writes/snapshot.ts';
import { raiseMinimum, shrinkPatch, sizePatch } from './support/primary-size.ts';
import { writeVersion } from './support/primary-version.ts';
import { writeAs } from './support/write-as.ts';

/** @throws Refusal `Drift` when the primary has a template of neither this rollout nor before it: people decide then */
export async function restorePrimary(client: KubeClient, input: RestorePrimaryInput): Promise<void> {
  if (input.sizeOnly || input.putBack) return restoreSize(client, input);
  const snapshot = await readSnapshot(client, input.plan, input.epoch, input.snapshotHash);
  const result = await writeVersion(client, input, snapshot, 'previous', snapshot.previousTemplate);
  if (result.kind === 'drift') throw new Refusal('Drift', result.sentence);
}

/** A primary that was never touched, but shrank while others served its users; or one that grew for them. */
async function restoreSize(client: KubeClient, input: RestorePrimaryInput) {
  const { plan, replicas = 0, putBack } = input;
  const { namespace, workload } = plan;
  const autoscaler = await findAutoscaler(client, namespace, workload.primary);
  if (!putBack) await raiseMinimum(client, autoscaler, input);
  const patch = putBack ? shrinkPatch : sizePatch;
  await fencedPatch<Deployment>(client, deploymentRef(namespace, workload.primary), writeAs(input), {
    change: (primary) => patch(primary, replicas, autoscaler !== undefined),
    isDone: () => true,
  });
}
