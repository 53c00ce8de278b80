/** Who gets a mirror's copies, and whether anybody is there. Reads only. */
import { describeDestination, type MirrorSpec } from '../../contract/mirror.ts';
import type { MirrorPlacement, PodSelection, WorkloadNames } from '../../contract/mirror-activities.ts';
import type { Problem } from '../../contract/offer.ts';
import type { Destination } from '../../contract/plan.ts';
import type { KubeClient, KubeObject, Ref } from '../../kubernetes/client/client.ts';
import { unless } from '../../kubernetes/client/errors.ts';
import { selectorText } from '../../kubernetes/objects/deployments.ts';
import { isReady, type Pod } from '../../kubernetes/objects/pods.ts';
import { describeRef, podRef, serviceRef } from '../../kubernetes/objects/refs.ts';
import type { Service } from '../../kubernetes/objects/services.ts';
import type { Selection, ServiceName } from '../contract.ts';
import { can, routerOf } from '../registry.ts';
import { domainOf } from '../shared/domain.ts';
import { sameHost, serviceOf } from '../shared/host.ts';

export interface TargetFound extends Pick<MirrorPlacement, 'to' | 'pods' | 'external' | 'copies'> {
  problems: Problem[];
  warnings: string[];
}

/** @param ref of the route  @param route as it is */
export async function findTarget(
  client: KubeClient,
  ref: Ref,
  spec: MirrorSpec,
  route: KubeObject,
): Promise<TargetFound> {
  const found = await findService(client, spec);
  if (found?.service)
    return serviceTarget(client, ref, spec, { ...found.name, domain: domainOf(route) }, found.service);
  if (!found) return outsideTarget(client, ref, spec.to);
  const problem = `${describeRef({ kind: 'Service', ...found.name })} does not exist`;
  return notFound(spec.to, problem, 'create it, or correct the host');
}

/** A host of two parts is a Service of another namespace if there is one, otherwise a host outside. */
async function findService(
  client: KubeClient,
  { to, route }: MirrorSpec,
): Promise<{ name: ServiceName; service?: Service } | undefined> {
  const known = serviceOf(to.host, route.namespace);
  if (known) return { name: known, service: await client.get<Service>(serviceRef(known.namespace, known.name)) };
  const [name, namespace, ...rest] = to.host.toLowerCase().split('.');
  if (!name || !namespace || rest.length > 0) return undefined;
  const service = await unless('forbidden', client.get<Service>(serviceRef(namespace, name)));
  return service && { name: { name, namespace }, service };
}

async function serviceTarget(
  client: KubeClient,
  ref: Ref,
  spec: MirrorSpec,
  name: ServiceName & { domain: string },
  service: Service,
): Promise<TargetFound> {
  const to = spelled(spec, name, service);
  const { problems, labels } = await selection(client, ref, spec.to, name, service);
  const found = { to, external: false, copies: { namespace: name.namespace, names: [] }, warnings: [] };
  const all = [...problems, ...portProblems(spec, to, name, service)];
  if (all.length > 0) return { ...found, problems: all };
  const shown = describeDestination(to);
  if (!labels) {
    const warning = `whether ${shown} has anybody to answer cannot be known: its Service selects no pods; nothing ends the mirror when it dies`;
    return { ...found, problems: [], warnings: [warning] };
  }
  const pods: PodSelection = { namespace: name.namespace, labels };
  const ready = (await listSelected(client, pods)).filter(isReady);
  const copies = workloadsOf(ready, pods.namespace);
  if (ready.length > 0) return { ...found, pods, copies, problems: [] };
  const problem = `no ready pod is behind ${shown}`;
  return { ...found, pods, copies, problems: [{ where: 'to', problem, remedy: 'start one, or mirror to another' }] };
}

/** A short name means the route's own namespace; any other Service is spelled out, and where a Service is meant it has a port. */
function spelled(
  { to, route }: MirrorSpec,
  { name, namespace, domain }: ServiceName & { domain: string },
  { spec }: Service,
): Destination {
  const local = namespace === route.namespace && !to.host.includes('.');
  const host = local || to.host.includes('.svc') ? to.host : `${name}.${namespace}.svc.${domain}`;
  const [only, ...more] = spec?.ports ?? [];
  const needed = isService(route.kind) && more.length === 0;
  const port = to.port ?? (needed ? only?.port : undefined);
  return { ...to, host, ...(port === undefined ? {} : { port }) };
}

function isService(kind: string): boolean {
  return can(kind).destination === 'service';
}

/** For the same host the rule knows the port; of another one it has to be said when there are several. */
function portProblems({ from, route }: MirrorSpec, to: Destination, name: ServiceName, { spec }: Service): Problem[] {
  const ports = (spec?.ports ?? []).map(({ port }) => port);
  const list = ports.join(', ') || 'none';
  const where = 'to';
  const service = describeRef({ kind: 'Service', ...name });
  if (to.port !== undefined) {
    if (ports.includes(to.port)) return [];
    return [{ where, problem: `${service} has no port ${to.port}; it has ${list}`, remedy: 'correct the port' }];
  }
  const known = !isService(route.kind) && sameHost(from.host, route.namespace, to.host, route.namespace);
  if (ports.length <= 1 || known) return [];
  return [{ where, problem: `${service} has several ports: ${list}`, remedy: `say which: ${name.name}:${ports[0]}` }];
}

/** Of the pods behind Service and subset. */
async function selection(
  client: KubeClient,
  ref: Ref,
  to: Destination,
  name: ServiceName,
  { spec }: Service,
): Promise<Selection> {
  const selector = Object.keys(spec?.selector ?? {}).length > 0 ? spec?.selector : undefined;
  if (to.subset === undefined) return { problems: [], labels: selector };
  const targets = routerOf(ref).mirror?.targets;
  if (!targets) {
    const problem = `a ${ref.kind} knows no subsets`;
    return { problems: [{ where: 'to', problem, remedy: 'name a Service that selects these pods alone' }] };
  }
  const { problems, labels } = await targets.subset(client, ref, to, name);
  return { problems, labels: labels && selector && { ...selector, ...labels } };
}

async function outsideTarget(client: KubeClient, ref: Ref, to: Destination): Promise<TargetFound> {
  const targets = routerOf(ref).mirror?.targets;
  if (!targets) {
    const problem = `${to.host} is no Service, and a ${ref.kind} mirrors to Services only`;
    return notFound(to, problem, 'mirror from a VirtualService, which reaches hosts of a ServiceEntry');
  }
  const problem = await targets.outside(client, ref, to);
  if (problem) return notFound(to, problem.problem, problem.remedy);
  const warning = `${to.host} is outside the mesh: whether it answers cannot be known from here, and nothing ends the mirror when it dies`;
  return { to, external: true, copies: { namespace: '', names: [] }, problems: [], warnings: [warning] };
}

function notFound(to: Destination, problem: string, remedy: string): TargetFound {
  const problems = [{ where: 'to', problem, remedy }];
  return { to, external: false, copies: { namespace: '', names: [] }, problems, warnings: [] };
}

export async function listSelected(client: KubeClient, { namespace, labels }: PodSelection): Promise<Pod[]> {
  return client.list<Pod>(podRef(namespace), { labelSelector: selectorText({ matchLabels: labels }) });
}

/** Who answers at a destination, for its numbers; nobody is no problem here. */
export async function findWorkloads(client: KubeClient, ref: Ref, to: Destination): Promise<WorkloadNames> {
  const name = serviceOf(to.host, ref.namespace ?? '');
  const nobody = { namespace: name?.namespace ?? '', names: [] };
  const service = name && (await client.get<Service>(serviceRef(name.namespace, name.name)));
  if (!name || !service) return nobody;
  const { labels } = await selection(client, ref, to, name, service);
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
