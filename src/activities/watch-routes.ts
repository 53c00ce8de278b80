/** Sees somebody else's change of our fields on a route within moments, and says who it was (order rule 9). */

import type { RouteDrift, WatchRoutesInput } from '../contract/activities.ts';
import { compareFences, type Fence } from '../contract/fence.ts';
import { AT_REST, type RouteIntent, sameIntent } from '../contract/intent.ts';
import type { RouteRef } from '../contract/plan.ts';
import type { KubeClient, KubeObject } from '../kubernetes/client/client.ts';
import { storedFence } from '../kubernetes/objects/annotations.ts';
import { describeRef } from '../kubernetes/objects/refs.ts';
import { driftOf, lookAt, resolveRoute } from '../routers/index.ts';
import { type ActivityRun, beating } from './support/activity.ts';

/** What a route said when it last was as we want it. */
export interface Known {
  fence: Fence | undefined;
  /** Absent: it cannot be read as one intent. */
  intent: RouteIntent | undefined;
}

export async function watchRoutes(client: KubeClient, input: WatchRoutesInput, run: ActivityRun): Promise<RouteDrift> {
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const watches = input.plan.traffic.routes.map((route) => watchRoute(client, input, route, signal));
  try {
    const progress = () => `watching ${input.plan.traffic.routes.length} route(s)`;
    return await beating(run, progress, () => Promise.race(watches));
  } finally {
    stop.abort();
    await Promise.allSettled(watches);
  }
}

async function watchRoute(
  client: KubeClient,
  input: WatchRoutesInput,
  route: RouteRef,
  signal: AbortSignal,
): Promise<RouteDrift> {
  const { ref } = await resolveRoute(client, route);
  const { name, ...collection } = ref;
  let known: Known | undefined;
  for await (const { type, object } of client.watch(collection, { fieldSelector: `metadata.name=${name}` }, signal)) {
    if (type === 'DELETED') return { sentence: `${describeRef(ref)} was deleted` };
    const now = stateOf(object, input, route);
    const before = known ?? firstKnown(now, input);
    if (isForeign(now, before, input.epoch)) {
      return { sentence: driftOf({ plan: input.plan, route, object }, before.intent ?? input.expected) };
    }
    known = newest(now, before);
  }
  signal.throwIfAborted();
  throw new Error(`the watch of ${describeRef(ref)} ended`);
}

/** Every write of ours brings a newer fence of this epoch; a change of our fields without one is somebody else's. */
export function isForeign(now: Known, before: Known, epoch: number): boolean {
  const ours = now.fence?.epoch === epoch && isNewer(now.fence, before.fence);
  return !ours && !sameState(now.intent, before.intent);
}

/** Annotations that somebody dropped while our fields stayed do not make us forget what we wrote. */
function newest(now: Known, before: Known): Known {
  return isNewer(now.fence, before.fence) ? now : before;
}

/** Before this rollout's first write a route is believed as it is; so is one with a newer write than the workflow knew of. */
function firstKnown(now: Known, { epoch, seq, expected }: WatchRoutesInput): Known {
  const fence = { epoch, seq };
  const written = now.fence?.epoch === epoch || !sameIntent(expected, AT_REST);
  return !written || isNewer(now.fence, fence) ? now : { fence, intent: expected };
}

function isNewer(fence: Fence | undefined, than: Fence | undefined): boolean {
  return fence !== undefined && (than === undefined || compareFences(fence, than) > 0);
}

function sameState(a: RouteIntent | undefined, b: RouteIntent | undefined): boolean {
  return a && b ? sameIntent(a, b) : a === b;
}

function stateOf(object: KubeObject, { plan, expected }: WatchRoutesInput, route: RouteRef): Known {
  return { fence: storedFence(object, plan.name), intent: lookAt({ plan, route, object }, expected).intent };
}
