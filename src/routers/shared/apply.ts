/** Writing and reading routes, the same for every router: fenced, one after another, drift told apart from our own writes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RouteInput, RouteResult, Side } from '../../contract/activities.ts';
import { describeIntent, isAtRest, type RouteIntent, sameIntent } from '../../contract/intent.ts';
import type { Plan, RouteRef } from '../../contract/plan.ts';
import type { KubeClient, KubeObject, PatchOperation, Ref } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import { annotation, pointer, ROLLOUT } from '../../kubernetes/objects/annotations.ts';
import { deploymentRef, describeRef } from '../../kubernetes/objects/refs.ts';
import { type Drift, fencedPatch } from '../../kubernetes/writes/fenced-patch.ts';
import { Refusal } from '../../kubernetes/writes/refusals.ts';
import type { Router, Taken } from '../contract.ts';
import { lastOtherWriter } from './drift.ts';

export type RouterOf = (route: RouteRef) => Router;

/** How long a write waits for the route's status before it leaves the rest to the next check, ms. */
const TAKEN_WITHIN_MS = 4_000;
const LOOK_AGAIN_MS = 50;

interface Outcome {
  object?: KubeObject;
  problem?: Exclude<RouteResult, { kind: 'written' }>;
}

export async function applyToRoutes(routerOf: RouterOf, client: KubeClient, input: RouteInput): Promise<RouteResult> {
  const { plan, requireReady, requireReplicas = 1 } = input;
  if (requireReady) {
    const sentence = await notReady(client, plan, requireReady, requireReplicas);
    if (sentence) return { kind: 'notReady', sentence };
  }
  // One after another: both the old and the new intent are safe, so each state in between is. A missing route stops none.
  let missing: RouteResult | undefined;
  for (const route of plan.traffic.routes) {
    const { problem } = await applyTo(routerOf(route), client, input, route);
    if (problem?.kind === 'missing') missing ??= problem;
    else if (problem) return problem;
  }
  return missing ?? { kind: 'written', at: new Date().toISOString() };
}

async function applyTo(router: Router, client: KubeClient, input: RouteInput, route: RouteRef): Promise<Outcome> {
  const { plan, intent, fence } = input;
  const { ref, object: read } = await router.resolve(client, route);
  const isAt = (object: KubeObject, wanted: RouteIntent) => isAtIntent(router, object, plan, route, wanted);
  try {
    const result = await fencedPatch(
      client,
      ref,
      // the way back is never stopped by a mirror
      { owner: plan.name, namespace: plan.namespace, fence, refuseMirrors: intent.canary > 0 || intent.mirror > 0 },
      {
        change: (object) => changeOf(router, object, ref, input, route),
        isDone: (object) => isAt(object, intent),
        read,
      },
    );
    if (result.kind === 'drift') return drift(result.sentence);
    if (result.kind === 'changed') return drift(driftSentence(router, result.object, ref, plan, route, intent));
    if (result.kind === 'written' && !isAt(result.object, intent)) {
      const { words } = router.look(result.object, plan, route, intent);
      const sentence = `${describeRef(ref)}: ${words}, right after Sluice wrote ${describeIntent(intent)}: something that admits writes of the API server, such as a mutating webhook, changed it on its way`;
      return { problem: { kind: 'notTaken', sentence } };
    }
    return untilTaken(router, client, ref, result.object);
  } catch (error) {
    if (!(error instanceof ClusterError && error.reason === 'notFound')) throw error;
    return { problem: { kind: 'missing', sentence: `${describeRef(ref)} does not exist any more` } };
  }
}

function drift(sentence: string): Outcome {
  return { problem: { kind: 'drift', sentence } };
}

function changeOf(
  router: Router,
  object: KubeObject,
  ref: Ref,
  input: RouteInput,
  route: RouteRef,
): PatchOperation[] | Drift {
  const { plan, intent, expected, found, force } = input;
  const isAt = (wanted: RouteIntent) => isAtIntent(router, object, plan, route, wanted);
  if (expected && !isAt(intent) && !isAt(expected)) {
    return { drift: driftSentence(router, object, ref, plan, route, expected) };
  }
  const operations = router.change(object, plan, route, intent, found, force);
  if (operations) return [...operations, ...mark(object, input)];
  throw new Refusal('Drift', `${describeRef(ref)}: no rule routes to the primary any more; put one back`);
}

/** Says on the route itself that a rollout is on it, for people and for mirrors. */
function mark(object: KubeObject, { intent, rollout }: RouteInput): PatchOperation[] {
  const path = `/metadata/annotations/${pointer(ROLLOUT)}`;
  if (!isAtRest(intent)) return [{ op: 'add', path, value: rollout }];
  return annotation(object, ROLLOUT) === undefined ? [] : [{ op: 'remove', path }];
}

/** The status follows within milliseconds; what takes longer is said by the check that comes next. */
async function untilTaken(router: Router, client: KubeClient, ref: Ref, written: KubeObject): Promise<Outcome> {
  const endMs = Date.now() + TAKEN_WITHIN_MS;
  let object: KubeObject | undefined = written;
  for (;;) {
    const taken: Taken = object ? router.taken(object) : { kind: 'unknown' };
    if (taken.kind === 'refused') {
      return { problem: { kind: 'notTaken', sentence: `${describeRef(ref)}: ${taken.sentence}` } };
    }
    if (taken.kind !== 'pending' || Date.now() > endMs) return { object };
    await sleep(LOOK_AGAIN_MS, undefined, { signal: client.signal });
    object = await client.get(ref);
  }
}

function isAtIntent(router: Router, object: KubeObject, plan: Plan, route: RouteRef, wanted: RouteIntent): boolean {
  const { intent } = router.look(object, plan, route, wanted);
  return intent !== undefined && sameIntent(intent, wanted);
}

/** Who changed what, and what Sluice expects instead. */
export function driftSentence(
  router: Router,
  object: KubeObject,
  ref: Ref,
  plan: Plan,
  route: RouteRef,
  wanted: RouteIntent,
): string {
  const { words } = router.look(object, plan, route, wanted);
  return `${describeRef(ref)}: ${words}, where Sluice expects ${describeIntent(wanted)}${lastOtherWriter(object)}`;
}

async function notReady(client: KubeClient, plan: Plan, side: Side, needed: number): Promise<string | undefined> {
  const ref = deploymentRef(plan.namespace, plan.workload[side]);
  const object = await client.get<KubeObject & { status?: { readyReplicas?: number } }>(ref);
  if (!object) return `${describeRef(ref)} does not exist, so nobody is routed to the ${side}`;
  const ready = object.status?.readyReplicas ?? 0;
  if (ready >= needed) return undefined;
  if (ready === 0) return `${describeRef(ref)} has no ready pod, so nobody is routed to the ${side}`;
  return `${describeRef(ref)} has ${ready} ready pods and needs ${needed} for everybody`;
}
