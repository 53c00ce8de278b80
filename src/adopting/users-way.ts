/** How users come to a Deployment: the Service that selects its pods, and how the named routes say it. Pure. */
import type { KubeObject } from '../kubernetes/client/client.ts';
import { templateLabels } from '../kubernetes/objects/deployments.ts';
import { deploymentRef, describeRef } from '../kubernetes/objects/refs.ts';
import type { Service } from '../kubernetes/objects/services.ts';
import { can } from '../routers/registry.ts';
import { serviceOf } from '../routers/shared/host.ts';
import { CannotAdopt } from './cannot-adopt.ts';
import type { AdoptionFound, FoundRoute } from './found.ts';

/** A destination as the route writes it. */
interface Named {
  host: string;
  subset?: string;
  port?: number;
}

export interface UsersWay {
  form: 'selector' | 'host' | 'service';
  service: Service;
  /** Absent with `selector`. */
  named?: Named;
  /** What Istio's subset selects. */
  subset?: Record<string, string>;
}

/** @throws CannotAdopt when it is not one way */
export function usersWay(found: AdoptionFound): UsersWay {
  const selecting = servicesOf(found);
  const [first] = found.routes;
  if (!first) return { form: 'selector', service: only(selecting, found) };
  const ways = found.routes.flatMap((route) => waysOf(route, selecting, found));
  const different = new Set(ways.map(({ named, service }) => JSON.stringify([named, service.metadata.name])));
  const [way] = ways;
  if (way && different.size === 1) return way;
  const words = ways.map(({ service, named }) => (named ? describe(named) : service.metadata.name)).join(', ');
  throw new CannotAdopt(
    found.routes.map(({ ref }) => describeRef(ref)).join(', '),
    `its users come on several ways: ${words}`,
    'name routes that lead to it by one destination, or write the plan by hand with rules',
  );
}

/** Services that select the pods that run. */
export function servicesOf({ services, deployment }: Pick<AdoptionFound, 'services' | 'deployment'>): Service[] {
  const labels = templateLabels(deployment.spec.template);
  return services.filter(({ spec }) => selectsAll(spec?.selector, labels));
}

export function selectsAll(selector: Record<string, string> = {}, labels: Record<string, string>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

function only(selecting: readonly Service[], { deployment }: AdoptionFound): Service {
  const { namespace = '', name } = deployment.metadata;
  const usable = selecting.filter(({ spec }) => spec?.clusterIP !== 'None');
  const [service] = usable;
  if (service && usable.length === 1) return service;
  const where = describeRef(deploymentRef(namespace, name));
  if (!service)
    throw new CannotAdopt(
      where,
      'no Service with a cluster IP selects its pods, so nobody comes to it by a name',
      'name the route of its users: --route KIND/NAME',
    );
  const names = usable.map(({ metadata }) => metadata.name);
  throw new CannotAdopt(
    where,
    `${names.length} Services select its pods: ${names.join(', ')}`,
    `say by which one its users come, for example --route Service/${names[0]}, or name the route above it`,
  );
}

function waysOf(route: FoundRoute, selecting: readonly Service[], found: AdoptionFound): UsersWay[] {
  const form = can(route.route.kind).destination;
  const { namespace = '', name } = found.deployment.metadata;
  const here = (service: Service) => service.metadata.namespace === namespace;
  if (form === 'selector') {
    const service = selecting.find(({ metadata }) => here({ metadata }) && metadata.name === route.route.name);
    if (service && route.route.namespace === namespace) return [{ form, service }];
    const pods = `the pods of Deployment ${namespace}/${name}`;
    throw new CannotAdopt(describeRef(route.ref), `it does not select ${pods}`, 'name the Service that selects them');
  }
  const names = form === 'host' ? hostsOf(route.object) : backendsOf(route.object);
  const ways = names.flatMap((named) => {
    const to = serviceOf(named.host, route.route.namespace);
    const service = selecting.find(({ metadata }) => metadata.name === to?.name && to.namespace === namespace);
    if (!service) return [];
    const subset = named.subset === undefined ? undefined : subsetOf(found, route, named);
    if (named.subset !== undefined && !selectsAll(subset, templateLabels(found.deployment.spec.template))) return [];
    return [{ form, service, named, ...(subset && { subset }) }];
  });
  if (ways.length > 0) return ways;
  throw new CannotAdopt(
    describeRef(route.ref),
    `it does not lead to pods of Deployment ${namespace}/${name}, but to ${names.map(describe).join(', ') || 'nobody'}`,
    'name the route of its users',
  );
}

function subsetOf({ subsetRules }: AdoptionFound, { route }: FoundRoute, { host, subset }: Named) {
  const wanted = serviceOf(host, route.namespace);
  const rules = subsetRules.filter(({ metadata, spec }) => {
    const to = serviceOf(spec?.host ?? '', metadata.namespace ?? '');
    return to?.name === wanted?.name && to?.namespace === wanted?.namespace;
  });
  return rules.flatMap(({ spec }) => spec?.subsets ?? []).find(({ name }) => name === subset)?.labels;
}

interface Rule {
  route?: { destination?: { host?: string; subset?: string } }[];
  backendRefs?: { group?: string; kind?: string; name?: string; namespace?: string; port?: number }[];
}

/** Without the port, which a rule mostly leaves to the Service. */
function hostsOf({ spec }: KubeObject): Named[] {
  const { http = [], tcp = [], tls = [] } = (spec ?? {}) as Record<string, Rule[] | undefined>;
  const all = [...http, ...tcp, ...tls].flatMap(({ route = [] }) => route.map(({ destination = {} }) => destination));
  return distinct(all.map(({ host = '', subset }) => ({ host, ...(subset && { subset }) })));
}

function backendsOf({ spec, metadata }: KubeObject): Named[] {
  const { rules = [] } = (spec ?? {}) as { rules?: Rule[] };
  const refs = rules.flatMap(({ backendRefs = [] }) => backendRefs);
  const services = refs.filter(({ group = '', kind = 'Service' }) => group === '' && kind === 'Service');
  return distinct(
    services.map(({ name = '', namespace = metadata.namespace, port }) => ({
      host: `${name}.${namespace}.svc`,
      ...(port && { port }),
    })),
  );
}

function distinct(all: readonly Named[]): Named[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

function describe({ host, subset, port }: Named): string {
  return `${host}${subset ? `, subset ${subset}` : ''}${port ? `:${port}` : ''}`;
}
