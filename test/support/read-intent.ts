import type { RouteIntent } from '../../src/contract/intent.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { KubeClient } from '../../src/kubernetes/client/client.ts';
import { lookAt, readRoutes } from '../../src/routers/index.ts';
import { commonIntent } from '../../src/routers/look.ts';

/** What the routes of a plan say; undefined when they do not agree or cannot be read as one intent. */
export async function readIntent(
  client: KubeClient,
  plan: Plan,
  wanted: RouteIntent,
): Promise<RouteIntent | undefined> {
  const routes = await readRoutes(client, plan);
  return commonIntent(routes.map((managed) => lookAt(managed, wanted)));
}
