/**
 * What a rollout whose workflow is gone has left on the objects of its plan: users, copies or cookies on the canary, a canary
 * that runs. Reads only; whether a workflow still looks after it is not known here.
 */

import type { LeftBehind } from '../../contract/detected.ts';
import type { WriteObject } from '../../contract/fence.ts';
import { rolloutId } from '../../contract/ids.ts';
import { AT_REST, describeIntent, isAtRest, leadsToCanary, type RouteIntent } from '../../contract/intent.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import { plural } from '../../contract/words.ts';
import type { KubeClient, KubeObject } from '../../kubernetes/client/client.ts';
import { annotation, claimOf, OWNER, ROLLOUT, storedFence } from '../../kubernetes/objects/annotations.ts';
import { type Autoscaler, autoscalersOf, listAutoscalers } from '../../kubernetes/objects/autoscalers.ts';
import { type Deployment, getDeployment, replicasOf } from '../../kubernetes/objects/deployments.ts';
import { versionOf } from '../../kubernetes/objects/primary-template.ts';
import { readinessOf } from '../../kubernetes/objects/readiness.ts';
import { deploymentRef, describeRef } from '../../kubernetes/objects/refs.ts';
import { currentPodHash } from '../../kubernetes/objects/replica-sets.ts';
import type { RolloutSnapshot } from '../../kubernetes/writes/snapshot.ts';
import { lookAt, readRoutes } from '../../routers/index.ts';
import { highestEpoch } from '../support/allocation.ts';

/** The objects of a plan as they are. */
export interface Remains {
  primary: Deployment | undefined;
  canary: Deployment | undefined;
  /** All HorizontalPodAutoscalers of the namespace. */
  autoscalers: Autoscaler[];
  routes: RouteRemains[];
}

interface RouteRemains {
  object: KubeObject;
  /** `VirtualService demo/reviews` */
  where: string;
  /** Absent: it cannot be read as one intent. */
  intent: RouteIntent | undefined;
}

export async function readRemains(client: KubeClient, plan: TargetPlan): Promise<Remains> {
  const { namespace, workload } = plan;
  const [primary, canary, autoscalers, routes] = await Promise.all([
    getDeployment(client, namespace, workload.primary),
    getDeployment(client, namespace, workload.canary),
    listAutoscalers(client, namespace),
    readRouteRemains(client, plan),
  ]);
  return { primary, canary, autoscalers, routes };
}

async function readRouteRemains(client: KubeClient, plan: TargetPlan): Promise<RouteRemains[]> {
  const routes = await readRoutes(client, plan);
  return routes.map((managed) => {
    const { object, route } = managed;
    return { object, where: describeRef(route), intent: lookAt(managed, AT_REST).intent };
  });
}

/** Highest epoch of the plan on any of its objects. */
export function epochOf(
  plan: TargetPlan,
  { primary, canary, autoscalers, routes }: Remains,
  snapshots: number[],
): number {
  const { workload } = plan;
  const owned = [...autoscalersOf(autoscalers, workload.primary), ...autoscalersOf(autoscalers, workload.canary)];
  return highestEpoch(plan, [primary, canary, ...owned, ...routes.map(({ object }) => object)], snapshots);
}

/** Pure. @param snapshot the last one of the plan  @returns undefined when everything is at rest */
export function leftBehind(snapshot: RolloutSnapshot, remains: Remains): LeftBehind | undefined {
  const { plan } = snapshot;
  const routes = remains.routes.filter((route) => isOurs(route, plan));
  const canary = runningCanary(remains.canary, plan);
  if (routes.length === 0 && !canary) return undefined;
  const route = worst(routes);
  const cookie = routes.flatMap(({ intent }) => intent?.affinity?.value ?? [])[0];
  return {
    rollout: markOf(routes) ?? rolloutId(plan.name, snapshot.epoch),
    written: writtenObjects(snapshot, remains, route),
    route,
    canaryReplicas: canary ? replicasOf(canary) : 0,
    ...(cookie && { cookie }),
    sentences: [...routes.map(routeSentence), ...(canary ? [canarySentence(canary, plan)] : [])],
  };
}

/** Somebody is on the canary, or our mark says so, on a route that no other plan has claimed. */
function isOurs({ object, intent }: RouteRemains, plan: TargetPlan): boolean {
  const owner = annotation(object, OWNER);
  if (owner !== claimOf(plan)) return false;
  return annotation(object, ROLLOUT) !== undefined || (intent !== undefined && !isAtRest(intent));
}

function runningCanary(canary: Deployment | undefined, plan: TargetPlan): Deployment | undefined {
  const ours = canary && annotation(canary, OWNER) === claimOf(plan) && storedFence(canary, plan.name) !== undefined;
  return ours && replicasOf(canary) > 0 ? canary : undefined;
}

function markOf(routes: RouteRemains[]): string | undefined {
  return routes.flatMap(({ object }) => annotation(object, ROLLOUT) ?? [])[0];
}

/** What cannot be read counts as everybody on the canary: the way back is the careful one then. */
function worst(routes: RouteRemains[]): RouteIntent {
  const intents = routes.map(({ intent }) => intent ?? { primary: 0, canary: 100, mirror: 0 });
  const matched = ({ match = [] }: RouteIntent) => match.length;
  return (
    intents.toSorted((a, b) => b.canary - a.canary || matched(b) - matched(a) || b.mirror - a.mirror)[0] ?? AT_REST
  );
}

/** The primary only when its template, or its size, has to be put right before users return. */
function writtenObjects(snapshot: RolloutSnapshot, remains: Remains, route: RouteIntent): WriteObject[] {
  const { plan, autoscalers } = snapshot;
  const [own] = autoscalersOf(remains.autoscalers, plan.workload.primary);
  const bounded = (storedFence(own, plan.name)?.epoch ?? 0) >= snapshot.epoch;
  const restore = !isPromoted(snapshot, remains, route) && (carriesNew(snapshot, remains) || route.canary > 0);
  return [
    'route',
    ...(remains.canary ? (['canary'] as const) : []),
    ...(autoscalers.canary ? (['canary-autoscaler'] as const) : []),
    ...(bounded ? (['primary-autoscaler'] as const) : []),
    ...(plan.traffic.create ? (['destinations'] as const) : []),
    ...(restore ? (['primary'] as const) : []),
  ];
}

function carriesNew(snapshot: RolloutSnapshot, { primary }: Remains): boolean {
  return primary !== undefined && versionOf(primary, snapshot) === 'new';
}

/** Users are on a primary that runs the new revision, ready at its size: the shorter safe way is to finish. */
export function isPromoted(snapshot: RolloutSnapshot, remains: Remains, route: RouteIntent): boolean {
  const { primary } = remains;
  if (!primary || !carriesNew(snapshot, remains) || leadsToCanary(route)) return false;
  return readinessOf(primary, snapshot.revision, 1).ready;
}

function routeSentence({ object, where, intent }: RouteRemains): string {
  const says = intent ? describeIntent(intent) : 'rules that nobody can read as one intent';
  const mark = annotation(object, ROLLOUT);
  return `${where} has ${says}${mark ? `, written by ${mark}` : ''}`;
}

function canarySentence(canary: Deployment, { namespace }: TargetPlan): string {
  const where = describeRef(deploymentRef(namespace, canary.metadata.name));
  return `${where} runs with ${plural(replicasOf(canary), 'replica')}`;
}

/** pod-template-hash of a canary that has pods. */
export async function podHashOf(client: KubeClient, { canary }: Remains) {
  return canary && replicasOf(canary) > 0 ? currentPodHash(client, canary) : undefined;
}
