/**
 * Where traffic is steered. One file per kind of route behind the contract in `contract.ts`; callers use the two functions
 * here and never a router's own file. What is decided (weights, order, when) belongs to the workflow, not here.
 */
import type { KubeClient, Ref } from '../cluster/client.ts';
import type { RouteInput, RouteResult, Side } from '../rollout/activities.ts';
import { assertIntent } from '../rollout/intent.ts';
import type { Plan, RouteRef } from '../rollout/plan.ts';
import type { Inspection, PodLabels, Router } from './contract.ts';
import { istioRouter } from './istio.ts';
import { type ServiceName, serviceOf } from './istio-host.ts';

const ROUTERS: Record<RouteRef['kind'], Router> = { VirtualService: istioRouter };

/** The router of a plan's routes, which are all of one kind. */
export function routerOf(plan: Plan): Router {
  const [first] = plan.traffic.routes;
  if (!first) throw new RangeError('spec.traffic.routes is empty; name at least one route');
  return ROUTERS[first.kind];
}

/** Looks at the routes before anything is written: problems and warnings in words, and the fields to put back at rest. */
export function inspectRoutes(
  client: KubeClient,
  plan: Plan,
  labels: PodLabels,
  signal?: AbortSignal,
): Promise<Inspection> {
  return routerOf(plan).inspect(client, plan, labels, signal);
}

/**
 * Brings every route of the plan to the intent.
 * @throws RangeError for weights that are not whole percents with the sum 100
 * @throws ClusterError when the cluster does not take the write
 */
export function applyIntent(client: KubeClient, input: RouteInput, signal?: AbortSignal): Promise<RouteResult> {
  assertIntent(input.intent);
  return routerOf(input.plan).apply(client, input, signal);
}

/** References of the plan's routes, in the API version that the cluster serves. */
export function routeRefs(client: KubeClient, plan: Plan, signal?: AbortSignal): Promise<Ref[]> {
  return routerOf(plan).refs(client, plan, signal);
}

/**
 * The Service under which callers' proxies report requests for a side. A host outside Kubernetes is its own name, in the
 * namespace `unknown` that Istio's metrics give it.
 */
export function destinationService(plan: Plan, side: Side): ServiceName {
  const { host } = plan.traffic[side];
  const namespace = plan.traffic.routes[0]?.namespace ?? plan.namespace;
  return serviceOf(host, namespace) ?? { name: host, namespace: 'unknown' };
}

export type { Inspection, PodLabels, Router } from './contract.ts';
