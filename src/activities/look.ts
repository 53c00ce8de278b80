/** The world in one go: every route of the plan and its two Deployments, all read afresh. */
import type { LookInput } from '../contract/activities.ts';
import { AT_REST } from '../contract/intent.ts';
import type { RouteRef } from '../contract/plan.ts';
import type { TargetPlan } from '../contract/plan-parts.ts';
import type { RouteSeen, World } from '../contract/world.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { storedFence } from '../kubernetes/objects/annotations.ts';
import { getDeployment } from '../kubernetes/objects/deployments.ts';
import { describeRef } from '../kubernetes/objects/refs.ts';
import { seeWorkload } from '../kubernetes/objects/workload-seen.ts';
import { findSnapshot } from '../kubernetes/writes/snapshot.ts';
import { lookAt, observedOf, resolveRoute } from '../routers/index.ts';

export async function look(client: KubeClient, input: LookInput): Promise<World> {
  const { plan, epoch } = input;
  const { namespace, workload, traffic } = plan;
  const [snapshot, primary, canary, ...routes] = await Promise.all([
    findSnapshot(client, plan, epoch),
    getDeployment(client, namespace, workload.primary),
    getDeployment(client, namespace, workload.canary),
    ...traffic.routes.map((route) => seeRoute(client, plan, route)),
  ]);
  return {
    routes,
    primary: seeWorkload(primary, 'primary', input, snapshot),
    canary: seeWorkload(canary, 'canary', input, snapshot),
  };
}

async function seeRoute(client: KubeClient, plan: TargetPlan, route: RouteRef): Promise<RouteSeen> {
  const name = describeRef(route);
  const { object } = await resolveRoute(client, route);
  if (!object) return { name, gone: true, status: 'unknown' };
  const { intent } = lookAt({ plan, route, object }, AT_REST);
  const fence = storedFence(object, plan.name);
  const { kind: status } = await observedOf(client, { plan, route, object });
  return {
    name,
    status,
    ...(intent && { intent }),
    ...(fence && { fence }),
  };
}
