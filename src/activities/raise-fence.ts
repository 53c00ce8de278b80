/** An abort's first write: from here on, every earlier write that is still under way is refused by the object. */

import type { FenceRaised, RaiseFenceInput, Side } from '../contract/activities.ts';
import type { KubeClient, KubeObject, Ref } from '../kubernetes/client/client.ts';
import { ClusterError } from '../kubernetes/client/errors.ts';
import { annotation, REVISION } from '../kubernetes/objects/annotations.ts';
import { autoscalersOf, listAutoscalers } from '../kubernetes/objects/autoscalers.ts';
import type { Deployment } from '../kubernetes/objects/deployments.ts';
import { autoscalerRef, deploymentRef } from '../kubernetes/objects/refs.ts';
import { fencedPatch } from '../kubernetes/writes/fenced-patch.ts';
import { routeRefs } from '../routers/index.ts';
import { writeAs } from './support/write-as.ts';

/** An object that does not exist carries nothing and takes no late write: that counts as raised. */
export async function raiseFence(client: KubeClient, input: RaiseFenceInput): Promise<FenceRaised> {
  const { plan, object } = input;
  switch (object) {
    case 'route': {
      const refs = await routeRefs(client, plan);
      await Promise.all(refs.map((ref) => raise(client, ref, input)));
      return { touched: false };
    }
    case 'primary-autoscaler':
      return raiseAutoscaler(client, input, 'primary');
    case 'canary-autoscaler':
      return raiseAutoscaler(client, input, 'canary');
    case 'destinations':
      // made once and never changed: a late write finds its object there
      return { touched: false };
    default:
      return raiseDeployment(client, input, object);
  }
}

/** The revision is noted in the request that writes its template: no other write of ours can have touched it. */
async function raiseDeployment(client: KubeClient, input: RaiseFenceInput, side: Side): Promise<FenceRaised> {
  const { plan, revision } = input;
  const deployment = await raise<Deployment>(client, deploymentRef(plan.namespace, plan.workload[side]), input);
  return { touched: annotation(deployment, REVISION) === revision.id };
}

async function raiseAutoscaler(client: KubeClient, input: RaiseFenceInput, side: Side): Promise<FenceRaised> {
  const { namespace, workload } = input.plan;
  const own = autoscalersOf(await listAutoscalers(client, namespace), workload[side]);
  await Promise.all(own.map(({ metadata }) => raise(client, autoscalerRef(namespace, metadata.name), input)));
  return { touched: false };
}

async function raise<T extends KubeObject>(
  client: KubeClient,
  ref: Ref,
  input: RaiseFenceInput,
): Promise<T | undefined> {
  try {
    const onlyFence = { change: () => [], isDone: () => true };
    return (await fencedPatch<T>(client, ref, writeAs(input), onlyFence)).object;
  } catch (error) {
    if (error instanceof ClusterError && error.reason === 'notFound') return undefined;
    throw error;
  }
}
