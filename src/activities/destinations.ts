/** Makes what the canary's destination lacks, and takes away what was made for it (`traffic.create`), fenced like every write. */
import { isDeepStrictEqual } from 'node:util';
import type { ClusterActivities, FencedTarget } from '../contract/activities.ts';
import { decideWrite, fenceKey, formatFence } from '../contract/fence.ts';
import type { KubeClient, KubeObject } from '../kubernetes/client/client.ts';
import { claimOf, OWNER, PLAN_LABEL, storedFence } from '../kubernetes/objects/annotations.ts';
import { describeRef } from '../kubernetes/objects/refs.ts';
import { fencedPatch } from '../kubernetes/writes/fenced-patch.ts';
import { Refusal } from '../kubernetes/writes/refusals.ts';
import { type NeededObject, neededDestinations, ownDestinations, routesToCanary } from '../routers/destinations.ts';
import { routeRefs } from '../routers/index.ts';
import { activity } from './support/activity.ts';
import { writeAs } from './support/write-as.ts';

interface Deps {
  client: KubeClient;
}

export function createCreateDestinations(deps: Deps): ClusterActivities['createDestinations'] {
  return activity((input, { signal }) => createDestinations(deps, input, signal));
}

export function createRemoveDestinations(deps: Deps): ClusterActivities['removeDestinations'] {
  return activity((input, { signal }) => removeDestinations(deps, input, signal));
}

/** @returns "made Service demo/reviews-canary" for everything that this plan made, now or before */
export async function createDestinations(
  { client }: Deps,
  input: FencedTarget,
  signal?: AbortSignal,
): Promise<string[]> {
  const needed = await neededDestinations(client, input.plan, signal);
  if (needed.length > 0) await assertNewest(client, input, signal);
  for (const one of needed) await ensure(client, input, one, signal);
  return needed.map(({ ref }) => `made ${describeRef(ref)}`);
}

/**
 * What a route of the plan still names stays, at whatever weight.
 * @returns "removed DestinationRule demo/reviews-sluice-canary", or "kept …" with the reason
 */
export async function removeDestinations(
  { client }: Deps,
  input: FencedTarget,
  signal?: AbortSignal,
): Promise<string[]> {
  const own = await ownDestinations(client, input.plan, signal);
  if (own.length === 0) return [];
  const routes = await routesToCanary(client, input.plan, signal);
  if (routes.length > 0) return own.map(({ ref }) => `kept ${describeRef(ref)}: ${routes.join(', ')} names it`);
  const removed: string[] = [];
  for (const { ref } of own) {
    // Raised first, and then deleted only as it was raised: a newer rollout that took it over keeps it.
    const { object } = await fencedPatch(client, ref, writeAs(input), FENCE_ONLY, signal);
    const { resourceVersion } = object.metadata;
    await client.delete(ref, signal, { resourceVersion });
    removed.push(`removed ${describeRef(ref)}`);
  }
  return removed;
}

const FENCE_ONLY = { change: () => [], isDone: () => true };

async function ensure(
  client: KubeClient,
  input: FencedTarget,
  { ref, object, content }: NeededObject,
  signal?: AbortSignal,
): Promise<void> {
  const there = await client.get(ref, signal);
  if (!there) {
    await client.create(ref, owned(object, input), signal);
    return;
  }
  // An object without any claim is somebody else's, and a fenced write would take it.
  if (there.metadata.annotations?.[OWNER] === undefined) {
    throw new Refusal(
      'ClaimRefused',
      `${describeRef(ref)} exists and is not Sluice's; rename it, or define the canary's destination in it`,
    );
  }
  const value = at(object, content);
  const isDone = (found: KubeObject) => isDeepStrictEqual(at(found, content), value);
  await fencedPatch(
    client,
    ref,
    writeAs(input),
    { change: (found) => (isDone(found) ? [] : [{ op: 'replace', path: content, value }]), isDone },
    signal,
  );
}

function owned(object: KubeObject, { plan, fence }: FencedTarget): KubeObject {
  const annotations = { [OWNER]: claimOf(plan), [fenceKey(plan.name)]: formatFence(fence) };
  return { ...object, metadata: { ...object.metadata, labels: { [PLAN_LABEL]: plan.name }, annotations } };
}

function at(object: KubeObject, pointer: string): unknown {
  return pointer
    .slice(1)
    .split('/')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}

/** What does not exist has no fence: a late write is recognised by those of the routes. */
async function assertNewest(client: KubeClient, { plan, fence }: FencedTarget, signal?: AbortSignal): Promise<void> {
  for (const ref of await routeRefs(client, plan, signal)) {
    const stored = storedFence(await client.get(ref, signal), plan.name);
    if (stored && decideWrite(stored, fence) === 'refused') {
      throw new Refusal(
        'FenceRefused',
        `${describeRef(ref)} carries a newer write of ${plan.name} (${formatFence(stored)}) than this one (${formatFence(fence)}); nothing was made`,
      );
    }
  }
}
