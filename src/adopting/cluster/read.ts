/** Reads what adoption is made of. */
import type { RouteRef } from '../../contract/plan.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import { listAutoscalers } from '../../kubernetes/objects/autoscalers.ts';
import { getDeployment } from '../../kubernetes/objects/deployments.ts';
import { deploymentRef, describeRef, serviceRef } from '../../kubernetes/objects/refs.ts';
import type { Service } from '../../kubernetes/objects/services.ts';
import { can, resolveRoute } from '../../routers/index.ts';
import type { AdoptionFound, FoundRoute, SubsetRule } from '../found.ts';
import { canaryNameOf, planRef } from '../names.ts';

/** @throws ClusterError `notFound` for the Deployment or a route that is not there */
export async function readAdoption(
  client: KubeClient,
  { namespace, name }: { namespace: string; name: string },
  named: readonly RouteRef[],
): Promise<AdoptionFound> {
  const [deployment, services, autoscalers, canary, plan, routes] = await Promise.all([
    getDeployment(client, namespace, name),
    client.list<Service>(serviceRef(namespace, '')),
    listAutoscalers(client, namespace),
    getDeployment(client, namespace, canaryNameOf(name)),
    client.get(planRef(namespace, name)),
    Promise.all(named.map((route) => readRoute(client, route))),
  ]);
  if (!deployment) throw missing(describeRef(deploymentRef(namespace, name)));
  const subsetRules = await readSubsets(client, namespace, routes);
  const here = services.map((one) => ({ ...one, metadata: { ...one.metadata, namespace } }));
  return { deployment, services: here, autoscalers, subsetRules, routes, canary, plan };
}

/** @throws ClusterError `notFound` */
export async function readRoute(client: KubeClient, route: RouteRef): Promise<FoundRoute> {
  const { ref, object } = await resolveRoute(client, route);
  if (!object) throw missing(describeRef(ref));
  return { route, ref, object };
}

/** Of the Deployment's namespace and the routes'. */
async function readSubsets(client: KubeClient, home: string, routes: readonly FoundRoute[]): Promise<SubsetRule[]> {
  const [first] = routes.filter(({ route }) => can(route.kind).destination === 'host');
  if (!first) return [];
  const { apiVersion } = first.ref;
  const places = new Set([home, ...routes.map(({ route }) => route.namespace)]);
  const all = [...places].map((namespace) =>
    client.list<SubsetRule>({ apiVersion, resource: 'destinationrules', kind: 'DestinationRule', namespace }),
  );
  return (await Promise.all(all)).flat();
}

function missing(object: string): ClusterError {
  return new ClusterError({ verb: 'get', object, reason: 'notFound' });
}
