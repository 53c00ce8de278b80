/** Everything that may lead somebody to a plan's pods, as far as the worker's rights reach. Reads only. */
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient, KubeObject } from '../../kubernetes/client/client.ts';
import { unless } from '../../kubernetes/client/errors.ts';
import type { Service } from '../../kubernetes/objects/services.ts';
import type { DestinationRule, ServiceEntry } from '../istio/objects.ts';
import { DESTINATION_RULES, ROOT_NAMESPACE, SERVICE_ENTRIES } from '../istio/read.ts';
import { ROUTERS } from '../registry.ts';
import { servicesOf } from '../shared/host.ts';
import { type Listed, listAll, listKind } from '../shared/list.ts';
import { readServices } from '../shared/services.ts';
import { ingressWalker } from './ingress.ts';
import type { Walker } from './walker.ts';

export interface Surroundings {
  routes: { walker: Walker; kind: string; objects: KubeObject[] }[];
  /** Of the plan's namespace: no other's select its pods. */
  services: Service[];
  rules: DestinationRule[];
  entries: ServiceEntry[];
  /** What may not be read, one sentence each. */
  unread: string[];
  /** Kinds of which some may not be read. */
  partial: string[];
}

const SERVICES = { kind: 'Service', resource: 'services', versions: ['v1'] };

export async function readSurroundings(client: KubeClient, plan: TargetPlan): Promise<Surroundings> {
  const homes = plan.traffic.routes.map(({ namespace }) => namespace);
  const places = [...new Set([plan.namespace, ...homes, ROOT_NAMESPACE])];
  const walkers = [...ROUTERS.map(({ walker }) => walker), ingressWalker];
  const kinds = walkers.flatMap((walker) => walker.kinds.map((kind) => ({ walker, kind })));
  const [routes, rules, entries, services] = await Promise.all([
    Promise.all(kinds.map(async ({ walker, kind }) => ({ walker, ...(await listAll(client, kind, places)) }))),
    listAll<DestinationRule>(client, DESTINATION_RULES, places),
    listAll<ServiceEntry>(client, SERVICE_ENTRIES, places),
    unless('forbidden', listKind<Service>(client, SERVICES, plan.namespace)),
  ]);
  const lists = [...routes, rules, entries].filter((one) => one.places !== undefined);
  const blind = `no right to list Services in ${plan.namespace}: whether others than the plan's select canary pods was not looked at`;
  return {
    routes,
    rules: rules.objects,
    entries: entries.objects,
    services: services ?? (await readServices(client, servicesOf(plan))),
    unread: [...(services ? [] : [blind]), ...unreadWords(lists)],
    partial: lists.map(({ kind }) => kind),
  };
}

function unreadWords(lists: Listed<KubeObject>[]): string[] {
  const together = Map.groupBy(lists, ({ places = [] }) => places.join(', ') || 'no namespace');
  return [...together].map(([places, some]) => {
    const kinds = some.map(({ kind }) => kind).join(', ');
    return `no right to list every ${kinds} of the cluster: what leads to canary pods was looked for in ${places} alone`;
  });
}
