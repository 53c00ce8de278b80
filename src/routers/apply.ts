/** Writing routes, the same for every router: fenced, one after another, drift told apart from our own writes. */
import type { RouteInput, RouteResult, Side } from '../contract/activities.ts';
import { describeIntent, isAtRest, type RouteIntent, sameIntent } from '../contract/intent.ts';
import type { Plan, RouteRef } from '../contract/plan.ts';
import type { KubeClient, KubeObject, PatchOperation } from '../kubernetes/client/client.ts';
import { ClusterError } from '../kubernetes/client/errors.ts';
import { annotation, pointer, ROLLOUT } from '../kubernetes/objects/annotations.ts';
import { deploymentRef, describeRef } from '../kubernetes/objects/refs.ts';
import { type Drift, fencedPatch } from '../kubernetes/writes/fenced-patch.ts';
import { Refusal } from '../kubernetes/writes/refusals.ts';
import type { ManagedRoute } from './contract.ts';
import { driftOf, lookAt } from './look.ts';
import { routerOf } from './registry.ts';
import { resolveRoute } from './resolve.ts';
import { refusedWrite } from './taken.ts';

type Unwritten = Exclude<RouteResult, { kind: 'written' }>;

export async function applyToRoutes(client: KubeClient, input: RouteInput): Promise<RouteResult> {
  const { plan, requireReady, requireReplicas = 1 } = input;
  if (requireReady) {
    const sentence = await notReady(client, plan, requireReady, requireReplicas);
    if (sentence) return { kind: 'notReady', sentence };
  }
  // One after another: both the old and the new intent are safe, so each state in between is. A missing route stops none.
  let missing: Unwritten | undefined;
  for (const route of plan.traffic.routes) {
    const problem = await applyTo(client, route, input);
    if (problem?.kind === 'missing') missing ??= problem;
    else if (problem) return problem;
  }
  return missing ?? { kind: 'written', at: new Date().toISOString() };
}

async function applyTo(client: KubeClient, route: RouteRef, input: RouteInput): Promise<Unwritten | undefined> {
  const { plan, intent, fence } = input;
  const { ref, object: read } = await resolveRoute(client, route);
  const managed = (object: KubeObject): ManagedRoute => ({ plan, route, object });
  // the way back is never stopped by a mirror
  const refuseMirrors = intent.canary > 0 || intent.mirror > 0;
  try {
    const result = await fencedPatch(
      client,
      ref,
      { owner: plan.name, namespace: plan.namespace, fence, refuseMirrors },
      {
        change: (object) => changeOf(managed(object), input),
        isDone: (object) => isAt(managed(object), intent),
        read,
      },
    );
    if (result.kind === 'drift') return { kind: 'drift', sentence: result.sentence };
    const now = managed(result.object);
    if (result.kind === 'changed') return { kind: 'drift', sentence: driftOf(now, intent) };
    if (result.kind === 'written' && !isAt(now, intent))
      return { kind: 'notTaken', sentence: keptOtherwise(now, intent) };
    const refused = await refusedWrite(client, ref, result.object);
    return refused === undefined ? undefined : { kind: 'notTaken', sentence: refused };
  } catch (error) {
    if (!(error instanceof ClusterError && error.reason === 'notFound')) throw error;
    return { kind: 'missing', sentence: `${describeRef(route)} does not exist any more` };
  }
}

function changeOf(managed: ManagedRoute, input: RouteInput): PatchOperation[] | Drift {
  const { intent, expected } = input;
  if (expected && !isAt(managed, intent) && !isAt(managed, expected)) {
    return { drift: driftOf(managed, expected) };
  }
  const operations = routerOf(managed.route).change(managed, input);
  if (operations) return [...operations, ...mark(managed.object, input)];
  throw new Refusal('Drift', `${describeRef(managed.route)}: no rule routes to the primary any more; put one back`);
}

/** Says on the route itself that a rollout is on it, for people and for mirrors. */
function mark(object: KubeObject, { intent, rollout }: RouteInput): PatchOperation[] {
  const path = `/metadata/annotations/${pointer(ROLLOUT)}`;
  if (!isAtRest(intent)) return [{ op: 'add', path, value: rollout }];
  return annotation(object, ROLLOUT) === undefined ? [] : [{ op: 'remove', path }];
}

function isAt(managed: ManagedRoute, wanted: RouteIntent): boolean {
  const { intent } = lookAt(managed, wanted);
  return intent !== undefined && sameIntent(intent, wanted);
}

function keptOtherwise(managed: ManagedRoute, intent: RouteIntent): string {
  const { words } = lookAt(managed, intent);
  return `${describeRef(managed.route)}: ${words}, right after Sluice wrote ${describeIntent(intent)}: something that admits writes of the API server, such as a mutating webhook, changed it on its way`;
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
