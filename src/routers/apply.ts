/** Writing routes, the same for every router: fenced, all at once, drift told apart from our own writes. */
import type { RouteInput, RouteResult, Side } from '../contract/activities.ts';
import {
  AT_REST,
  describeIntent,
  isAtRest,
  leadsToCanary,
  matchesMore,
  type RouteIntent,
  sameIntent,
} from '../contract/intent.ts';
import { type Carriers, mayRoute } from '../contract/may-route.ts';
import type { RouteRef } from '../contract/plan.ts';
import type { TargetPlan } from '../contract/plan-parts.ts';
import type { KubeClient, KubeObject, PatchOperation } from '../kubernetes/client/client.ts';
import { isClusterError } from '../kubernetes/client/errors.ts';
import { annotation, pointer, ROLLOUT } from '../kubernetes/objects/annotations.ts';
import { type Deployment, getDeployment } from '../kubernetes/objects/deployments.ts';
import { deploymentRef, describeRef } from '../kubernetes/objects/refs.ts';
import { isReplaced } from '../kubernetes/objects/revisions.ts';
import { fencedPatch } from '../kubernetes/writes/fenced-patch.ts';
import { Refusal } from '../kubernetes/writes/refusals.ts';
import type { ManagedRoute } from './contract.ts';
import { driftOf, lookAt } from './look.ts';
import { routerOf } from './registry.ts';
import { resolveRoute } from './resolve.ts';
import { planGrantProblems } from './shared/grants.ts';
import { refusedWrite, statusOf } from './taken.ts';

type Unwritten = Exclude<RouteResult, { kind: 'written' }>;

const WORST_FIRST: readonly Unwritten['kind'][] = ['notReady', 'drift', 'notTaken', 'missing'];

const SHARES = ['primary', 'canary', 'mirror'] as const;

/**
 * None waits for another, and none is stopped by what becomes of another: both the old and the new intent are safe, so each state in
 * between is.
 * @throws what the first route threw, once all were tried
 */
export async function applyToRoutes(client: KubeClient, input: RouteInput): Promise<RouteResult> {
  const { plan } = input;
  const { intent, expected } = input;
  // what only takes copies or users away asks nothing of pods, and neither does what is only rehearsed
  const asks =
    !client.rehearsal &&
    (!expected ||
      SHARES.some((share) => intent[share] > expected[share]) ||
      matchesMore(intent, expected) ||
      matchesMore(expected, intent));
  const carriers = asks
    ? readCarriers(client, plan)
    : Promise.resolve({ primary: Number.POSITIVE_INFINITY, canary: Number.POSITIVE_INFINITY });
  if (goesForward(input)) {
    const [problem] = await planGrantProblems(client, plan);
    if (problem) throw new Refusal('ClaimRefused', `${problem.where} ${problem.problem}; ${problem.remedy}`);
  }
  const tried = await Promise.allSettled(plan.traffic.routes.map((route) => applyTo(client, route, input, carriers)));
  const problems = tried.flatMap((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value ?? [];
  });
  const [worst] = problems.toSorted((a, b) => WORST_FIRST.indexOf(a.kind) - WORST_FIRST.indexOf(b.kind));
  return worst ?? { kind: 'written', at: new Date().toISOString() };
}

/** More users or copies reach the canary. */
function goesForward({ intent, expected = AT_REST }: RouteInput): boolean {
  return intent.canary > expected.canary || intent.mirror > expected.mirror || matchesMore(intent, expected);
}

/** Ready pods of both sides; a Deployment that does not exist has none. */
async function readCarriers(client: KubeClient, { namespace, workload }: TargetPlan): Promise<Carriers> {
  const sides = (['primary', 'canary'] as const).map((side) => getDeployment(client, namespace, workload[side]));
  const [primary, canary] = await Promise.all(sides);
  const ready = (one: Deployment | undefined) => one?.status?.readyReplicas ?? 0;
  const replaced = workload.source === 'canary' && canary !== undefined && isReplaced(canary);
  return { primary: ready(primary), canary: ready(canary), replaced };
}

async function applyTo(
  client: KubeClient,
  route: RouteRef,
  input: RouteInput,
  carriers: Promise<Carriers>,
): Promise<Unwritten | undefined> {
  const { plan, intent, fence, uids } = input;
  const [{ ref, object: read }, ready] = await Promise.all([resolveRoute(client, route), carriers]);
  const managed = (object: KubeObject): ManagedRoute => ({ plan, route, object });
  // the way back is never stopped by a mirror
  const refuseMirrors = leadsToCanary(intent);
  try {
    const result = await fencedPatch(
      client,
      ref,
      { owner: plan.name, namespace: plan.namespace, fence, uids, refuseMirrors, back: !goesForward(input) },
      {
        change: (object) => {
          const obstacle = obstacleTo(managed(object), input, ready);
          return obstacle ? { drift: obstacle.sentence } : changeOf(managed(object), input);
        },
        isDone: (object) => isAt(managed(object), intent),
        read,
      },
    );
    const now = managed(result.object);
    if (result.kind === 'drift') return obstacleTo(now, input, ready);
    if (result.kind === 'changed') return { kind: 'drift', sentence: driftOf(now, intent) };
    if (result.kind === 'written' && !isAt(now, intent))
      return { kind: 'notTaken', sentence: keptOtherwise(now, intent) };
    if (client.rehearsal) return undefined;
    const refused = await refusedWrite(client, ref, result.object, (object) => statusOf(managed(object)));
    return refused === undefined ? undefined : { kind: 'notTaken', sentence: refused };
  } catch (error) {
    if (!isClusterError(error, 'notFound')) throw error;
    return { kind: 'missing', sentence: `${describeRef(route)} does not exist any more` };
  }
}

/** Why the intent is not written over what the route says; undefined when it may be. */
function obstacleTo(managed: ManagedRoute, input: RouteInput, ready: Carriers): Unwritten | undefined {
  const { plan, intent, expected, canary } = input;
  if (expected && !isAt(managed, intent) && !isAt(managed, expected)) {
    return { kind: 'drift', sentence: driftOf(managed, expected) };
  }
  const why = mayRoute(intent, lookAt(managed, intent).intent, ready, canary);
  return why === undefined ? undefined : { kind: 'notReady', sentence: byName(why, plan) };
}

/** The side that a sentence begins with, by the name of its Deployment. */
function byName(sentence: string, { namespace, workload }: TargetPlan): string {
  return sentence.replace(/^the (primary|canary)/, (_, side: Side) =>
    describeRef(deploymentRef(namespace, workload[side])),
  );
}

function changeOf(managed: ManagedRoute, input: RouteInput): PatchOperation[] {
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
