/** The routes as they are now: somebody may have changed one since it was read back. */
import { AT_REST, leadsToCanary, type RouteIntent } from '../../contract/intent.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { driftOf, lookAt, readRoutes } from '../../routers/index.ts';

/** @returns the first route that leads to the canary, in words */
export function leadingToCanary(client: KubeClient, plan: TargetPlan): Promise<string | undefined> {
  return firstRoute(client, plan, (intent) => intent !== undefined && leadsToCanary(intent));
}

/** @returns the first route by which a user may meet the primary, in words */
export function leadingToPrimary(client: KubeClient, plan: TargetPlan): Promise<string | undefined> {
  return firstRoute(client, plan, (intent) => intent === undefined || intent.primary > 0);
}

async function firstRoute(
  client: KubeClient,
  plan: TargetPlan,
  leads: (intent: RouteIntent | undefined) => boolean,
): Promise<string | undefined> {
  const routes = await readRoutes(client, plan);
  const leading = routes.find((route) => leads(lookAt(route, AT_REST).intent));
  return leading && driftOf(leading, AT_REST);
}
