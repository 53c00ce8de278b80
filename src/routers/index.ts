/**
 * Where traffic is steered. One router per family of routes behind the contract in `contract.ts`; callers use the functions
 * here and never a router's own file. What is decided (weights, order, when) belongs to the workflow, not here.
 */

import type { RouteInput, RouteResult, Side } from '../contract/activities.ts';
import { assertIntent, type RouteIntent, sameIntent } from '../contract/intent.ts';
import { GATEWAY_API_KINDS, type Plan, type RouteKind, type RouteRef } from '../contract/plan.ts';
import type { KubeClient, KubeObject, Ref } from '../kubernetes/client/client.ts';
import type { Inspection, Look, PodLabels, Router, Taken } from './contract.ts';
import { gatewayApiRouter } from './gateway-api/index.ts';
import { type ServiceName, serviceOf } from './istio/host.ts';
import { istioRouter } from './istio/index.ts';
import { applyToRoutes, driftSentence } from './shared/apply.ts';

/** A new router is its folder and one entry here. */
const ROUTERS: readonly Router[] = [istioRouter, gatewayApiRouter];

export function routerOf({ kind }: { kind: RouteKind }): Router {
  const router = ROUTERS.find(({ kinds }) => kinds.includes(kind));
  if (!router) throw new RangeError(`no router knows routes of kind ${kind}`);
  return router;
}

/** Looks at the routes before anything is written: problems and warnings in words, and the fields to put back at rest. */
export async function inspectRoutes(client: KubeClient, plan: Plan, labels: PodLabels): Promise<Inspection> {
  const all: Inspection[] = [];
  for (const router of ROUTERS) {
    const routes = plan.traffic.routes.filter(({ kind }) => router.kinds.includes(kind));
    if (routes.length > 0) all.push(await router.inspect(client, plan, routes, labels));
  }
  const intents = all.map(({ intent }) => intent);
  const [first] = intents;
  const agreed = first && intents.every((one) => one && sameIntent(one, first)) ? first : undefined;
  const epochs = all.flatMap(({ epoch }) => epoch ?? []);
  return {
    found: { rules: all.flatMap(({ found }) => found.rules) },
    ...(agreed ? { intent: agreed } : {}),
    problems: all.flatMap(({ problems }) => problems),
    warnings: all.flatMap(({ warnings }) => warnings),
    ...(epochs.length > 0 ? { epoch: Math.max(...epochs) } : {}),
  };
}

/**
 * Brings every route of the plan to the intent.
 * @throws RangeError for weights that are not whole percents with the sum 100
 * @throws ClusterError when the cluster does not take the write
 */
export function applyIntent(client: KubeClient, input: RouteInput): Promise<RouteResult> {
  assertIntent(input.intent);
  return applyToRoutes(routerOf, client, input);
}

/** Reference of a route, in the API version that the cluster serves. */
export async function resolveRoute(client: KubeClient, route: RouteRef): Promise<Ref> {
  return (await routerOf(route).resolve(client, route)).ref;
}

export function routeRefs(client: KubeClient, plan: Plan): Promise<Ref[]> {
  return Promise.all(plan.traffic.routes.map((route) => resolveRoute(client, route)));
}

/** What a route's object says; pure. */
export function lookAt(object: KubeObject, plan: Plan, route: RouteRef, wanted: RouteIntent): Look {
  return routerOf(route).look(object, plan, route, wanted);
}

/** Who changed what on a route, and what Sluice expects instead; pure. */
export function driftOf(object: KubeObject, ref: Ref, plan: Plan, route: RouteRef, wanted: RouteIntent): string {
  return driftSentence(routerOf(route), object, ref, plan, route, wanted);
}

/** @returns undefined when the routes do not agree or cannot be read as one intent */
export async function readIntent(
  client: KubeClient,
  plan: Plan,
  wanted: RouteIntent,
): Promise<RouteIntent | undefined> {
  const intents: (RouteIntent | undefined)[] = [];
  for (const route of plan.traffic.routes) {
    const router = routerOf(route);
    const { object } = await router.resolve(client, route);
    intents.push(object && router.look(object, plan, route, wanted).intent);
  }
  const [first] = intents;
  return first && intents.every((one) => one && sameIntent(one, first)) ? first : undefined;
}

/** The worst that the routes' own status says: refused before pending before taken; unknown when none has a status. */
export async function routesTaken(client: KubeClient, plan: Plan): Promise<Taken> {
  const order: Taken['kind'][] = ['refused', 'pending', 'taken', 'unknown'];
  const all = await Promise.all(
    plan.traffic.routes.map(async (route): Promise<Taken> => {
      const router = routerOf(route);
      if (router.can(route.kind).observed === 'series') return { kind: 'unknown' };
      const { object } = await router.resolve(client, route);
      return object ? router.taken(object) : { kind: 'unknown' };
    }),
  );
  return all.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))[0] ?? { kind: 'unknown' };
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

/** A plan of the Gateway API: its destinations are Services with ports. */
export function isGatewayApi({ traffic }: Plan): boolean {
  return traffic.routes.some(({ kind }) => (GATEWAY_API_KINDS as readonly RouteKind[]).includes(kind));
}

export type { Inspection, PodLabels, Router, Taken } from './contract.ts';
