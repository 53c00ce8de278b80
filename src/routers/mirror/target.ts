/** Who gets a mirror's copies, and whether anybody is there. Reads only. */

import { describeDestination, type MirrorSpec } from '../../contract/mirror.ts';
import type { MirrorPlacement, PodSelection, WorkloadNames } from '../../contract/mirror-activities.ts';
import type { Problem } from '../../contract/offer.ts';
import { type Destination, ISTIO_KINDS, type RouteKind } from '../../contract/plan.ts';
import type { KubeClient, KubeObject } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import { selectorText } from '../../kubernetes/objects/deployments.ts';
import { isReady, type Pod } from '../../kubernetes/objects/pods.ts';
import { podRef, serviceRef } from '../../kubernetes/objects/refs.ts';
import { coversService, type ServiceName, sameHost, serviceOf } from '../istio/host.ts';
import type { DestinationRule } from '../istio/objects.ts';

/** DestinationRules and ServiceEntries for the whole mesh live here unless the mesh's configuration says otherwise. */
const ROOT_NAMESPACE = 'istio-system';

export interface TargetFound extends Pick<MirrorPlacement, 'to' | 'pods' | 'external' | 'copies'> {
  problems: Problem[];
  warnings: string[];
}

interface Service extends KubeObject {
  spec?: { selector?: Record<string, string>; ports?: { port: number }[] };
}

interface ServiceEntry extends KubeObject {
  spec?: { hosts?: string[]; ports?: { number: number }[]; exportTo?: string[] };
}

/** @param apiVersion of Istio's objects, as the cluster serves them */
export async function findTarget(client: KubeClient, spec: MirrorSpec, apiVersion: string): Promise<TargetFound> {
  const found = await findService(client, spec);
  if (found.service) return serviceTarget(client, spec, apiVersion, found.name, found.service);
  if (found.name) {
    const problem = `Service ${found.name.namespace}/${found.name.name} does not exist`;
    return refusedTarget(spec.to, { where: 'to', problem, remedy: 'create it, or correct the host' });
  }
  return externalTarget(client, spec, apiVersion);
}

/** A host of two parts is a Service of another namespace if there is one, otherwise a host outside. */
async function findService(
  client: KubeClient,
  { to, route }: MirrorSpec,
): Promise<{ name: ServiceName; service?: Service } | { name?: undefined; service?: undefined }> {
  const [first, second, ...rest] = to.host.toLowerCase().split('.');
  const known = serviceOf(to.host, route.namespace);
  const guess = known ?? (first && second && rest.length === 0 ? { name: first, namespace: second } : undefined);
  if (!guess) return {};
  const service = await client
    .get<Service>(serviceRef(guess.namespace, guess.name))
    .catch((error: unknown) => (known ? rethrow(error) : ignoreForbidden(error)));
  if (service) return { name: guess, service };
  return known ? { name: known } : {};
}

function rethrow(error: unknown): never {
  throw error;
}

function ignoreForbidden(error: unknown): undefined {
  if (!(error instanceof ClusterError && error.reason === 'forbidden')) throw error;
}

async function serviceTarget(
  client: KubeClient,
  spec: MirrorSpec,
  apiVersion: string,
  name: ServiceName,
  service: Service,
): Promise<TargetFound> {
  const to = spelled(spec, name, service);
  const { problems, labels } = await selection(client, spec, apiVersion, name, service);
  const all = [
    ...problems,
    ...portProblems(
      spec,
      to,
      name,
      (service.spec?.ports ?? []).map(({ port }) => port),
    ),
  ];
  const base = { to, external: false, copies: { namespace: name.namespace, names: [] } };
  if (all.length > 0) return { ...base, problems: all, warnings: [] };
  const shown = describeDestination(to);
  if (!labels) {
    const warning = `whether ${shown} has anybody to answer cannot be known: its Service selects no pods; nothing ends the mirror when it dies`;
    return { ...base, problems: [], warnings: [warning] };
  }
  const pods: PodSelection = { namespace: name.namespace, labels };
  const ready = (await listSelected(client, pods)).filter(isReady);
  const problem = {
    where: 'to',
    problem: `no ready pod is behind ${shown}`,
    remedy: 'start one, or mirror to another',
  };
  return {
    ...base,
    pods,
    copies: workloadsOf(ready, pods.namespace),
    problems: ready.length > 0 ? [] : [problem],
    warnings: [],
  };
}

/** A short name means the route's own namespace; any other Service is spelled out, and a Gateway API route needs the port. */
function spelled({ to, route }: MirrorSpec, { name, namespace }: ServiceName, service: Service): Destination {
  const local = namespace === route.namespace && !to.host.includes('.');
  const host = local || to.host.includes('.svc') ? to.host : `${name}.${namespace}.svc.cluster.local`;
  const [only, ...more] = service.spec?.ports ?? [];
  const port = !isIstio(route.kind) && to.port === undefined && more.length === 0 ? only?.port : to.port;
  return { ...to, host, ...(port === undefined ? {} : { port }) };
}

function isIstio(kind: RouteKind): boolean {
  return (ISTIO_KINDS as readonly RouteKind[]).includes(kind);
}

/** Istio takes the port of the same host from the rule; of another one it has to be said when there are several. */
function portProblems(
  { from, route }: MirrorSpec,
  to: Destination,
  { name, namespace }: ServiceName,
  ports: number[],
): Problem[] {
  const list = ports.join(', ') || 'none';
  if (to.port !== undefined) {
    if (ports.includes(to.port)) return [];
    return [
      {
        where: 'to',
        problem: `Service ${namespace}/${name} has no port ${to.port}; it has ${list}`,
        remedy: 'correct the port',
      },
    ];
  }
  if (ports.length <= 1 || (isIstio(route.kind) && sameHost(from.host, route.namespace, to.host, route.namespace)))
    return [];
  return [
    {
      where: 'to',
      problem: `Service ${namespace}/${name} has several ports: ${list}`,
      remedy: `say which: ${name}:${ports[0]}`,
    },
  ];
}

/** Labels of the pods behind Service and subset; absent: the Service selects none. */
async function selection(
  client: KubeClient,
  { to, route }: Pick<MirrorSpec, 'to' | 'route'>,
  apiVersion: string,
  name: ServiceName,
  service: Service,
): Promise<{ problems: Problem[]; labels?: Record<string, string> }> {
  const { selector } = service.spec ?? {};
  if (to.subset === undefined) return { problems: [], ...(hasLabels(selector) ? { labels: selector } : {}) };
  if (!isIstio(route.kind)) {
    const problem = `a ${route.kind} knows no subsets`;
    return { problems: [{ where: 'to', problem, remedy: 'name a Service that selects these pods alone' }] };
  }
  const places = [...new Set([route.namespace, name.namespace, ROOT_NAMESPACE])];
  const kind = { apiVersion, resource: 'destinationrules', kind: 'DestinationRule' };
  const rules = (await Promise.all(places.map((place) => listAllowed<DestinationRule>(client, kind, place)))).flat();
  const subset = rules
    .filter(({ spec, metadata }) => coversService(spec?.host ?? '', metadata.namespace ?? '', name))
    .flatMap(({ spec }) => spec?.subsets ?? [])
    .find((one) => one.name === to.subset);
  if (subset) return { problems: [], ...(hasLabels(selector) ? { labels: { ...selector, ...subset.labels } } : {}) };
  const problem = `no DestinationRule defines the subset "${to.subset}" of ${to.host}`;
  return { problems: [{ where: 'to', problem, remedy: 'add the subset, or correct the name' }] };
}

function hasLabels(selector: Record<string, string> | undefined): selector is Record<string, string> {
  return Object.keys(selector ?? {}).length > 0;
}

async function externalTarget(client: KubeClient, { to, route }: MirrorSpec, apiVersion: string): Promise<TargetFound> {
  if (!isIstio(route.kind)) {
    const problem = `${to.host} is no Service, and a ${route.kind} mirrors to Services only`;
    return refusedTarget(to, {
      where: 'to',
      problem,
      remedy: 'mirror from a VirtualService, which reaches hosts of a ServiceEntry',
    });
  }
  const entries = await listEntries(client, apiVersion, route.namespace);
  const entry = entries.find((one) => covers(one, to.host, route.namespace));
  if (!entry) {
    const problem = `${to.host} is neither a Service nor the host of a ServiceEntry, so the mesh cannot be relied on to reach it`;
    return refusedTarget(to, {
      where: 'to',
      problem,
      remedy: 'create a ServiceEntry for that host (always needed with outboundTrafficPolicy REGISTRY_ONLY)',
    });
  }
  const ports = (entry.spec?.ports ?? []).map(({ number }) => number);
  if (to.port === undefined && ports.length > 1) {
    const problem = `ServiceEntry ${entry.metadata.namespace}/${entry.metadata.name} has several ports: ${ports.join(', ')}`;
    return refusedTarget(to, { where: 'to', problem, remedy: `say which: ${to.host}:${ports[0]}` });
  }
  const warning = `${to.host} is outside the mesh: whether it answers cannot be known from here, and nothing ends the mirror when it dies`;
  return { to, external: true, copies: { namespace: '', names: [] }, problems: [], warnings: [warning] };
}

function covers({ spec, metadata }: ServiceEntry, host: string, namespace: string): boolean {
  const elsewhere = metadata.namespace !== namespace && (spec?.exportTo ?? []).every((one) => one === '.');
  if (elsewhere && (spec?.exportTo ?? []).length > 0) return false;
  const wanted = host.toLowerCase();
  return (spec?.hosts ?? []).some(
    (one) => one.toLowerCase() === wanted || (one.startsWith('*.') && wanted.endsWith(one.slice(1).toLowerCase())),
  );
}

/** The whole cluster where that is allowed, otherwise the two places where the entry has to be for this route. */
async function listEntries(client: KubeClient, apiVersion: string, namespace: string): Promise<ServiceEntry[]> {
  const kind = { apiVersion, resource: 'serviceentries', kind: 'ServiceEntry' };
  try {
    return await client.list<ServiceEntry>(kind, {});
  } catch (error) {
    ignoreForbidden(error);
  }
  const places = [...new Set([namespace, ROOT_NAMESPACE])];
  return (await Promise.all(places.map((place) => listAllowed<ServiceEntry>(client, kind, place)))).flat();
}

/** Without the permission a namespace counts as empty. */
async function listAllowed<T extends KubeObject>(
  client: KubeClient,
  kind: { apiVersion: string; resource: string; kind: string },
  namespace: string,
): Promise<T[]> {
  return client.list<T>({ ...kind, namespace }, {}).catch((error: unknown) => ignoreForbidden(error) ?? []);
}

function refusedTarget(to: Destination, problem: Problem): TargetFound {
  return { to, external: false, copies: { namespace: '', names: [] }, problems: [problem], warnings: [] };
}

export async function listSelected(client: KubeClient, { namespace, labels }: PodSelection): Promise<Pod[]> {
  const { name: _, ...collection } = podRef(namespace, '');
  return client.list<Pod>(collection, { labelSelector: selectorText({ matchLabels: labels }) });
}

/** Who answers at a destination, for its numbers; nobody is no problem here. */
export async function findWorkloads(
  client: KubeClient,
  spec: MirrorSpec,
  to: Destination,
  apiVersion: string,
): Promise<WorkloadNames> {
  const name = serviceOf(to.host, spec.route.namespace);
  const nobody = { namespace: name?.namespace ?? '', names: [] };
  const service = name && (await client.get<Service>(serviceRef(name.namespace, name.name)));
  if (!name || !service) return nobody;
  const { labels } = await selection(client, { ...spec, to }, apiVersion, name, service);
  if (!labels) return nobody;
  return workloadsOf(await listSelected(client, { namespace: name.namespace, labels }), name.namespace);
}

/** Names of the pods' workloads as Istio's metrics give them: a Deployment's is that of its ReplicaSet without the hash. */
function workloadsOf(pods: Pod[], namespace: string): WorkloadNames {
  return { namespace, names: [...new Set(pods.map(workloadOf))].sort() };
}

function workloadOf({ metadata }: Pod): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  const hash = metadata.labels?.['pod-template-hash'];
  if (!owner) return metadata.name;
  const ending = `-${hash}`;
  return owner.kind === 'ReplicaSet' && owner.name.endsWith(ending) ? owner.name.slice(0, -ending.length) : owner.name;
}
