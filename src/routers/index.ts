/**
 * Where traffic is steered. One router per family of routes behind the contract in `contract.ts`; callers use the functions
 * here and never a router's own file. What is decided (weights, order, when) belongs to the workflow, not here.
 */
import type { RouteInput, RouteResult, Side } from '../contract/activities.ts';
import { assertIntent } from '../contract/intent.ts';
import type { TargetPlan } from '../contract/plan-parts.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { applyToRoutes } from './apply.ts';
import type { ServiceName } from './contract.ts';
import { serviceOfSide } from './shared/host.ts';

/**
 * Brings every route of the plan to the intent.
 * @throws RangeError for weights that are not whole percents with the sum 100
 * @throws ClusterError when the cluster does not take the write
 */
export function applyIntent(client: KubeClient, input: RouteInput): Promise<RouteResult> {
  assertIntent(input.intent);
  return applyToRoutes(client, input);
}

/**
 * The Service under which callers' proxies report requests for a side. A host outside Kubernetes is its own name, in the
 * namespace `unknown` that Istio's metrics give it.
 */
export function destinationService(plan: TargetPlan, side: Side): ServiceName {
  return serviceOfSide(plan, side) ?? { name: plan.traffic[side].host, namespace: 'unknown' };
}

export type { NeededObject, ResolvedRoute } from './contract.ts';
export { type Inspection, inspectRoutes } from './inspect.ts';
export { driftOf, lookAt } from './look.ts';
export { can, ROUTE_KINDS, routerOf } from './registry.ts';
export { findRoute, readRoutes, resolveRoute } from './resolve.ts';
export { observedOf, routesTaken, seenByEndpoints, settled } from './taken.ts';
