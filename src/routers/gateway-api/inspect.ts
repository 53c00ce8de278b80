/** Reads what a preflight over HTTPRoutes and GRPCRoutes needs besides them, and puts its findings together. */
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { unless } from '../../kubernetes/client/errors.ts';
import type { Findings, PodLabels, ResolvedRoute } from '../contract.ts';
import { listKind } from '../shared/list.ts';
import { joined, readServices } from '../shared/services.ts';
import { pairOf } from './objects.ts';
import { partialMirrorFindings } from './percent.ts';
import { type ReferenceGrant, serviceFindings } from './services-check.ts';

const GRANTS = {
  kind: 'ReferenceGrant',
  resource: 'referencegrants',
  versions: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1'],
};

export async function inspect(client: KubeClient, routes: ResolvedRoute[], labels: PodLabels): Promise<Findings> {
  const pairs = routes.map(({ plan, route }) => pairOf(plan, route));
  const sides = pairs.flatMap(({ primary, canary, namespace }) =>
    [primary, canary].map((one) => ({ ...one, away: one.namespace !== namespace })),
  );
  const places = [...new Set(sides.flatMap(({ away, namespace }) => (away ? namespace : [])))];
  const [services, grants] = await Promise.all([
    readServices(client, sides),
    Promise.all(places.map((place) => unless('forbidden', listKind<ReferenceGrant>(client, GRANTS, place)))),
  ]);
  const unreadable = places.filter((_, index) => grants[index] === undefined);
  return joined([
    serviceFindings({ routes, labels, services, grants: grants.flatMap((one) => one ?? []), unreadable }),
    await partialMirrorFindings(client, routes),
  ]);
}
