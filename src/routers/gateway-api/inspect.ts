/** Reads what a preflight over HTTPRoutes and GRPCRoutes needs besides them, and puts its findings together. */
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import type { Findings, PodLabels, ResolvedRoute } from '../contract.ts';
import { joined, readServices } from '../shared/services.ts';
import { type GatewayRoute, pairOf } from './objects.ts';
import { partialMirrorFindings } from './percent.ts';
import { type ReferenceGrant, serviceFindings } from './services-check.ts';
import { takenOf } from './status.ts';

export async function inspect(client: KubeClient, routes: ResolvedRoute[], labels: PodLabels): Promise<Findings> {
  const pairs = routes.map(({ plan, route }) => pairOf(plan, route));
  const sides = pairs.flatMap(({ primary, canary, namespace }) =>
    [primary, canary].map((one) => ({ ...one, away: one.namespace !== namespace })),
  );
  const places = [...new Set(sides.flatMap(({ away, namespace }) => (away ? namespace : [])))];
  const [services, grants] = await Promise.all([
    readServices(client, sides),
    Promise.all(places.map((namespace) => listGrants(client, namespace))),
  ]);
  const unreadable = places.filter((_, index) => grants[index] === undefined);
  return joined([
    ...routes.map(statusFindings),
    serviceFindings({ routes, labels, services, grants: grants.flatMap((one) => one ?? []), unreadable }),
    await partialMirrorFindings(client, routes),
  ]);
}

/** A route that its Gateway does not take as it is would not be obeyed later either. */
function statusFindings({ route, object }: ResolvedRoute): Findings {
  const where = describeRef(route);
  const taken = takenOf(object);
  if (taken.kind === 'refused') {
    const remedy = 'correct the route until its status says Accepted and ResolvedRefs';
    return { problems: [{ where, problem: taken.sentence, remedy }], warnings: [] };
  }
  if (taken.kind !== 'pending') return { problems: [], warnings: [] };
  const { parents = [] } = (object as GatewayRoute).status ?? {};
  if (parents.length > 0) return { problems: [], warnings: [`${where}: ${taken.sentence}`] };
  const problem = `nothing says that it serves the route: ${taken.sentence}`;
  const remedy = 'name a Gateway in spec.parentRefs that allows the route, and see that its controller runs';
  return { problems: [{ where, problem, remedy }], warnings: [] };
}

/** @returns undefined without the right to look */
async function listGrants(client: KubeClient, namespace: string): Promise<ReferenceGrant[] | undefined> {
  const list = (version: string) => {
    const apiVersion = `gateway.networking.k8s.io/${version}`;
    return client.list<ReferenceGrant>({ apiVersion, resource: 'referencegrants', kind: 'ReferenceGrant', namespace });
  };
  try {
    return await list('v1').catch((error: unknown) => {
      if (reasonOf(error) === 'notFound') return list('v1beta1');
      throw error;
    });
  } catch (error) {
    if (reasonOf(error) === 'forbidden') return undefined;
    throw error;
  }
}

function reasonOf(error: unknown): string | undefined {
  return error instanceof ClusterError ? error.reason : undefined;
}
