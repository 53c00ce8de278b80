/** Beside an abort's first write: from here on, an upgrade of the primary that is still under way is refused by it. */
import type { FenceRaised, RaiseFenceInput } from '../contract/activities.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { unless } from '../kubernetes/client/errors.ts';
import { annotation, REVISION } from '../kubernetes/objects/annotations.ts';
import type { Deployment } from '../kubernetes/objects/deployments.ts';
import { deploymentRef } from '../kubernetes/objects/refs.ts';
import { fencedPatch } from '../kubernetes/writes/fenced-patch.ts';
import { writeAs } from './support/write-as.ts';

/** A primary that does not exist carries nothing and takes no late write: that counts as raised. */
export async function raiseFence(client: KubeClient, input: RaiseFenceInput): Promise<FenceRaised> {
  const { plan, revision } = input;
  const onlyFence = { change: () => [], isDone: () => true };
  const ref = deploymentRef(plan.namespace, plan.workload.primary);
  const raised = await unless('notFound', fencedPatch<Deployment>(client, ref, writeAs(input), onlyFence));
  // noted in the request that writes the template: no other write of ours can have touched it
  return { touched: raised !== undefined && annotation(raised.object, REVISION) === revision.id };
}
