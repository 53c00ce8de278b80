import type { FencedTarget } from '../contract/activities.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { describeRef } from '../kubernetes/objects/refs.ts';
import { fencedPatch } from '../kubernetes/writes/fenced-patch.ts';
import { ownDestinations, routesToCanary } from '../routers/destinations.ts';
import { writeAs } from './support/write-as.ts';

/**
 * What a route of the plan still names stays, at whatever weight.
 * @returns "removed DestinationRule demo/reviews-sluice-canary", or "kept …" with the reason
 */
export async function removeDestinations(client: KubeClient, input: FencedTarget): Promise<string[]> {
  const own = await ownDestinations(client, input.plan);
  if (own.length === 0) return [];
  const routes = await routesToCanary(client, input.plan);
  if (routes.length > 0) return own.map(({ ref }) => `kept ${describeRef(ref)}: ${routes.join(', ')} names it`);
  const removed: string[] = [];
  for (const { ref } of own) {
    // Raised first, and then deleted only as it was raised: a newer rollout that took it over keeps it.
    const { object } = await fencedPatch(client, ref, { ...writeAs(input), back: true }, FENCE_ONLY);
    const { uid, resourceVersion } = object.metadata;
    await client.delete(ref, { uid, resourceVersion });
    removed.push(`removed ${describeRef(ref)}`);
  }
  return removed;
}

const FENCE_ONLY = { change: () => [], isDone: () => true };
