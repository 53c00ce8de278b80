/** Makes what the canary's destination lacks (`traffic.create`), fenced like every write. */
import { isDeepStrictEqual } from 'node:util';
import type { FencedTarget } from '../contract/activities.ts';
import { decideWrite, fenceKey, formatFence } from '../contract/fence.ts';
import type { KubeClient, KubeObject } from '../kubernetes/client/client.ts';
import { claimOf, OWNER, PLAN_LABEL, storedFence } from '../kubernetes/objects/annotations.ts';
import { describeRef } from '../kubernetes/objects/refs.ts';
import { fencedPatch } from '../kubernetes/writes/fenced-patch.ts';
import { Refusal } from '../kubernetes/writes/refusals.ts';
import { neededDestinations } from '../routers/destinations.ts';
import { type NeededObject, readRoutes } from '../routers/index.ts';
import { writeAs } from './support/write-as.ts';

/** @returns "made Service demo/reviews-canary" for everything that this plan made, now or before */
export async function createDestinations(client: KubeClient, input: FencedTarget): Promise<string[]> {
  const needed = await neededDestinations(client, input.plan);
  if (needed.length > 0) await assertNewest(client, input);
  for (const one of needed) await ensure(client, input, one);
  return needed.map(({ ref }) => `made ${describeRef(ref)}`);
}

async function ensure(client: KubeClient, input: FencedTarget, { ref, object, content }: NeededObject): Promise<void> {
  const there = await client.get(ref);
  if (!there) {
    await client.create(ref, owned(object, input));
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
  const as = { ...writeAs(input), back: true };
  await fencedPatch(client, ref, as, {
    change: (found) => (isDone(found) ? [] : [{ op: 'replace', path: content, value }]),
    isDone,
  });
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
async function assertNewest(client: KubeClient, { plan, fence }: FencedTarget): Promise<void> {
  for (const { ref, object } of await readRoutes(client, plan)) {
    const stored = storedFence(object, plan.name);
    if (stored && decideWrite(stored, fence) === 'refused') {
      throw new Refusal(
        'FenceRefused',
        `${describeRef(ref)} carries a newer write of ${plan.name} (${formatFence(stored)}) than this one (${formatFence(fence)}); nothing was made`,
      );
    }
  }
}
