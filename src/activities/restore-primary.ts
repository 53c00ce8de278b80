/** After an abort that came once the primary had been touched: its previous template, from the snapshot. */

import type { RestorePrimaryInput } from '../contract/activities.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import type { Deployment } from '../kubernetes/objects/deployments.ts';
import { deploymentRef } from '../kubernetes/objects/refs.ts';
import { fencedPatch } from '../kubernetes/writes/fenced-patch.ts';
import { Refusal } from '../kubernetes/writes/refusals.ts';
import { raiseMinimum, sizePatch } from './support/primary-size.ts';
import { writeVersion } from './support/primary-version.ts';
import { writeAs } from './support/write-as.ts';

/** @throws Refusal `Drift` when the primary has a template of neither this rollout nor before it: people decide then */
export async function restorePrimary(client: KubeClient, input: RestorePrimaryInput): Promise<{ raised: boolean }> {
  if (input.sizeOnly) return restoreSize(client, input);
  const hasAutoscaler = input.autoscaler !== undefined;
  const result = await writeVersion(client, { ...input, hasAutoscaler }, 'previous');
  if (result.kind === 'drift') throw new Refusal('Drift', result.sentence);
  return { raised: result.raised ?? false };
}

/** A primary that was never touched, but shrank while others served its users. */
async function restoreSize(client: KubeClient, input: RestorePrimaryInput) {
  const { plan, replicas = 0, autoscaler } = input;
  const { object } = await fencedPatch<Deployment>(
    client,
    deploymentRef(plan.namespace, plan.workload.primary),
    writeAs(input),
    { change: (primary) => sizePatch(primary, replicas, autoscaler !== undefined), isDone: () => true },
  );
  return { raised: await raiseMinimum(client, object, input) };
}
