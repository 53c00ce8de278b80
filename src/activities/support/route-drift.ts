/** Sees somebody else's change of our fields on a route within moments, and says who it was (order rule 9). */

import type { IntervalInput } from '../../contract/activities.ts';
import { compareFences, type Fence } from '../../contract/fence.ts';
import { AT_REST, type RouteIntent, sameIntent } from '../../contract/intent.ts';
import type { RouteRef } from '../../contract/plan.ts';
import type { KubeClient, KubeObject } from '../../kubernetes/client/client.ts';
import { storedFence } from '../../kubernetes/objects/annotations.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import { driftOf, findRoute, lookAt } from '../../routers/index.ts';

/** Whose routes, and what they are to say, see `IntervalInput`. */
type Watched = Pick<IntervalInput, 'plan' | 'epoch'> & NonNullable<IntervalInput['routes']>;

/** What a route said when it last was as we want it. */
export interface RouteState {
  fence: Fence | undefined;
  /** Absent: it cannot be read as one intent. */
  intent: RouteIntent | undefined;
}

/** @returns what somebody changed, and who it was; otherwise it ends only with the signal */
export function untilDrift(client: KubeClient, input: Watched, signal: AbortSignal): Promise<string> {
  return Promise.race(input.plan.traffic.routes.map((route) => watchRoute(client, input, route, signal)));
}

async function watchRoute(client: KubeClient, input: Watched, route: RouteRef, signal: AbortSignal): Promise<string> {
  const ref = await findRoute(client, route);
  let known: RouteState | undefined;
  // another worker may have written it a moment ago
  const holdsOurs = (seen: KubeObject) => !isNewer(input, storedFence(seen, input.plan.name));
  for await (const object of client.follow<KubeObject>(ref, signal, holdsOurs)) {
    if (!object) return `${describeRef(ref)} was deleted`;
    const now = stateOf(object, input, route);
    const before = known ?? firstKnown(now, input);
    if (isForeign(now, before, input.epoch)) {
      return driftOf({ plan: input.plan, route, object }, before.intent ?? input.expected);
    }
    known = newest(now, before);
  }
  signal.throwIfAborted();
  throw new Error(`the watch of ${describeRef(ref)} ended`);
}

/** Every write of ours brings a newer fence of this epoch; a change of our fields without one is somebody else's. */
export function isForeign(now: RouteState, before: RouteState, epoch: number): boolean {
  const ours = now.fence?.epoch === epoch && isNewer(now.fence, before.fence);
  return !ours && !sameState(now.intent, before.intent);
}

/** Annotations that somebody dropped while our fields stayed do not make us forget what we wrote. */
function newest(now: RouteState, before: RouteState): RouteState {
  return isNewer(now.fence, before.fence) ? now : before;
}

/** Before this rollout's first write a route is believed as it is; so is one with a newer write than the workflow knew of. */
function firstKnown(now: RouteState, { epoch, seq, expected }: Watched): RouteState {
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

function stateOf(object: KubeObject, { plan, expected }: Watched, route: RouteRef): RouteState {
  return { fence: storedFence(object, plan.name), intent: lookAt({ plan, route, object }, expected).intent };
}
