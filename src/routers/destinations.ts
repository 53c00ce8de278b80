/**
 * The objects behind the canary's destination that Sluice makes for a plan with `traffic.create`: a Service for a host of its
 * own, and what the routes' router needs besides. They carry the plan's claim; everybody else's are only read.
 */
import type { TargetPlan } from '../contract/plan-parts.ts';
import type { KubeClient, KubeObject, Ref } from '../kubernetes/client/client.ts';
import { describeRef, serviceRef } from '../kubernetes/objects/refs.ts';
import { isMadeBy, newCanaryService, serviceObstacle } from '../kubernetes/objects/services.ts';
import { Refusal } from '../kubernetes/writes/refusals.ts';
import type { DestinationObjects, NeededObject, ServiceName } from './contract.ts';
import { routerOf } from './registry.ts';
import { readRoutes, resolveRoute } from './resolve.ts';
import { serviceOfSide } from './shared/host.ts';
import { findService, readServices } from './shared/services.ts';

/**
 * What nobody but this plan defines: to be made, or made by it before.
 * @throws Refusal `Drift` when something is missing that cannot be made any more
 */
export async function neededDestinations(client: KubeClient, plan: TargetPlan): Promise<NeededObject[]> {
  const service = serviceOfSide(plan, 'canary');
  if (!plan.traffic.create || !service) return [];
  const [needed, further] = await Promise.all([
    neededService(client, plan, service),
    beside(client, plan, ({ needed }, ref) => needed(client, ref, plan, service)),
  ]);
  return [...needed, ...further];
}

/** What the router of the plan's first route says; nothing where it knows of no objects besides Services. */
async function beside<T>(
  client: KubeClient,
  plan: TargetPlan,
  ask: (of: DestinationObjects, ref: Ref) => Promise<T[]>,
): Promise<T[]> {
  const [route] = plan.traffic.routes;
  const destinations = route && routerOf(route).destinations;
  return destinations ? ask(destinations, (await resolveRoute(client, route)).ref) : [];
}

async function neededService(client: KubeClient, plan: TargetPlan, service: ServiceName): Promise<NeededObject[]> {
  const model = serviceOfSide(plan, 'primary');
  const services = await readServices(client, model ? [model, service] : [service]);
  const found = findService(services, service);
  if (found && !isMadeBy(found, plan)) return [];
  const primary = model && findService(services, model);
  const obstacle = serviceObstacle(service, primary, plan);
  if (obstacle || !primary) throw new Refusal('Drift', obstacle ?? 'the primary has no Service');
  const object = newCanaryService(primary, plan, service.name);
  return [{ ref: serviceRef(service.namespace, service.name), object, content: '/spec/selector' }];
}

/** The objects that this plan made, as they are. */
export async function ownDestinations(
  client: KubeClient,
  plan: TargetPlan,
): Promise<{ ref: Ref; object: KubeObject }[]> {
  const service = serviceOfSide(plan, 'canary');
  const found = await beside(client, plan, ({ labelled }, ref) => labelled(client, ref, plan));
  if (service) {
    const ref = serviceRef(service.namespace, service.name);
    const object = await client.get(ref);
    if (object) found.push({ ref, object });
  }
  // a route carries the claim as well
  const routes = new Set(plan.traffic.routes.map(describeRef));
  return found.filter(({ ref, object }) => isMadeBy(object, plan) && !routes.has(describeRef(ref)));
}

/** The routes of the plan that still name the canary's destination, at whatever weight: `HTTPRoute demo/reviews`. */
export async function routesToCanary(client: KubeClient, plan: TargetPlan): Promise<string[]> {
  const routes = await readRoutes(client, plan);
  return routes
    .filter(({ route, object }) =>
      hasPart(object.spec, (part) => routerOf(route).namesCanary(part, plan, route.namespace)),
    )
    .map(({ route }) => describeRef(route));
}

function hasPart(tree: unknown, is: (part: Record<string, unknown>) => boolean): boolean {
  if (typeof tree !== 'object' || tree === null) return false;
  return is(tree as Record<string, unknown>) || Object.values(tree).some((part) => hasPart(part, is));
}
