/** Routes and Services of a Canary. Flagger owns those it made, so each is written again, without it as an owner. */
import { ingressRoutes, noIngress } from '../nginx/http-route.ts';
import { type ImportCase, metadataOf, refuse, reject } from '../shared/case.ts';
import { atRest, httpRoute, service, withSelector } from '../shared/companions.ts';
import type { Field } from '../shared/field.ts';
import type { LooseTree } from '../shared/tree.ts';
import type { FlaggerTarget } from './target.ts';
import { virtualService } from './virtual-service.ts';

interface RouteContext {
  spec: Field;
  target: FlaggerTarget;
}

interface FlaggerRoute {
  traffic: LooseTree;
  /** Which other series the built-in checks read so far. */
  ownSeries?: string;
  /** Who asks the Service inside the cluster is split as well. */
  meshed?: boolean;
}

type Maker = (one: ImportCase, context: RouteContext) => FlaggerRoute;

const MAKERS: Record<string, Maker> = {
  istio: (one, context) => {
    virtualService(one, context.spec, context.target);
    const { service: name } = context.target;
    const [primary, canary] = [{ host: `${name}-primary` }, { host: `${name}-canary` }];
    const gateways = context.spec.at('service', 'gateways').items();
    const meshed = gateways.length === 0 || gateways.some(({ text }) => text === 'mesh');
    return { traffic: { routes: [{ kind: 'VirtualService', name }], primary, canary }, meshed };
  },
  gatewayapi: (one, { spec, target }) => ({
    traffic: ownRoute(one, spec, target),
    meshed: spec
      .at('service', 'gatewayRefs')
      .items()
      .some((ref) => ref.at('kind').text === 'Service'),
  }),
  nginx: (one, { spec, target }) => ({
    traffic: fromIngress(one, spec, target),
    ownSeries:
      "Flagger reads ingress-nginx's series (its duration is a mean there); name those of the new Gateway in analysis.series",
  }),
  linkerd: (one, { target }) => ({
    traffic: meshRoute(one, target),
    meshed: true,
    ownSeries: "Flagger reads Linkerd's response_total; name those series in analysis.series",
  }),
  kubernetes: (_one, { target: { service: name } }) => ({
    traffic: { routes: [{ kind: 'Service', name }], canary: { service: `${name}-canary` } },
  }),
};

export function routeOf(one: ImportCase, context: RouteContext): FlaggerRoute {
  const { spec } = context;
  const provider = providerOf(one, context);
  const make = Object.hasOwn(MAKERS, provider) ? MAKERS[provider] : undefined;
  if (!make) {
    refuse(
      one,
      spec.at('provider'),
      `${provider} is no router that a plan can have`,
      'move to the Gateway API or Istio first',
    );
    return { traffic: {} };
  }
  const made = make(one, context);
  services(one, context);
  const ingress = spec.at('ingressRef');
  if (ingress.exists && provider !== 'nginx')
    ingress.lose(`Flagger uses it with nginx alone; ${provider} routes here`, 'remove it');
  return made;
}

const LINKERD = ['linkerd', 'smi', 'smi:linkerd', 'smi:v1alpha1', 'smi:v1alpha2', 'smi:v1alpha3'];

/** What tells a provider that no file names: fields that no other one reads. */
function toldBy({ source }: ImportCase, { spec, target }: RouteContext): [provider: string, by?: Field] {
  const pods = target.deployment?.at('spec', 'template', 'metadata', 'annotations', 'linkerd.io/inject');
  const telling: [string, Field | undefined][] = [
    ['gatewayapi:v1', spec.at('service', 'gatewayRefs')],
    ['istio', spec.at('service', 'gateways')],
    ['nginx', spec.at('ingressRef')],
    ['gloo', spec.at('upstreamRef')],
    ['apisix', spec.at('routeRef')],
    ['kuma', source.at('metadata', 'annotations', 'kuma.io/mesh')],
    ['appmesh', spec.at('service', 'meshName')],
    ['linkerd', pods?.text === 'enabled' ? pods : undefined],
  ];
  return telling.find(([, by]) => by?.exists) ?? ['istio'];
}

/** The controller's flag stands nowhere in the files: Istio, unless a field tells. */
function providerOf(one: ImportCase, context: RouteContext): string {
  const field = context.spec.at('provider');
  const [told, by] = toldBy(one, context);
  const written = field.text ?? told;
  if (field.text === undefined) {
    const why = by ? `, as ${String(by.path.at(-1))} tells` : '';
    field.change(`a flag of Flagger's controller: ${told} is assumed${why}`);
  }
  const family = LINKERD.includes(written) ? 'linkerd' : written.startsWith('gatewayapi') ? 'gatewayapi' : written;
  if (family === 'nginx' || family === 'linkerd') field.change(`${written} becomes an HTTPRoute of the Gateway API`);
  else field.keep();
  return family;
}

/** The three that Flagger makes: the one of users leads to the primary. */
function services(one: ImportCase, { spec, target }: RouteContext): void {
  const { service: name, label, value, port, targetPort } = target;
  const named = spec.at('service', 'portName');
  for (const key of ['portName', 'targetPort', 'appProtocol']) spec.at('service', key).keep();
  const ports = [{ name: named.text ?? 'http', port, targetPort, appProtocol: spec.at('service', 'appProtocol').text }];
  const found = one.find('Service', name);
  const primary = { [label]: `${value}-primary` };
  if (found) {
    found.at('spec', 'selector').change('leads to the primary: Flagger has changed it in the cluster already');
    one.companions.push(withSelector(one, found, primary));
  } else one.companions.push(service(metadataOf(one, name), primary, ports));
  one.companions.push(service(metadataOf(one, `${name}-primary`), primary, ports));
  one.companions.push(service(metadataOf(one, `${name}-canary`), { [label]: value }, ports));
}

function byService({ service: name, port }: FlaggerTarget): LooseTree {
  return {
    routes: [{ kind: 'Service', name }],
    primary: { service: `${name}-primary`, port },
    canary: { service: `${name}-canary`, port },
  };
}

function arms({ service: name, port }: FlaggerTarget) {
  return [
    { name: `${name}-primary`, port },
    { name: `${name}-canary`, port },
  ] as const;
}

function trafficOf(routes: string[], target: FlaggerTarget): LooseTree {
  const { primary, canary } = byService(target);
  return { routes: routes.map((name) => ({ kind: 'HTTPRoute', name })), primary, canary };
}

function ownRoute(one: ImportCase, spec: Field, target: FlaggerTarget): LooseTree {
  const from = spec.at('service');
  from.at('gatewayRefs').copy('parentRefs of the HTTPRoute');
  from.at('hosts').keep('hostnames of the HTTPRoute');
  from.at('timeout').keep();
  const matches = from.at('match').items().map(pathMatch);
  const rule = {
    matches: matches.length > 0 ? matches : [{ path: { type: 'PathPrefix', value: '/' } }],
    timeouts: from.at('timeout').exists ? { request: from.at('timeout').text } : undefined,
    backendRefs: atRest(...arms(target)),
  };
  const route = {
    ...metadataOf(one, target.service),
    parentRefs: from.at('gatewayRefs').value,
    hostnames: from.at('hosts').value,
  };
  one.companions.push(httpRoute({ ...route, rules: [rule] }));
  return trafficOf([target.service], target);
}

const PATH_TYPES = { prefix: 'PathPrefix', exact: 'Exact', regex: 'RegularExpression' };

function pathMatch(match: Field): LooseTree {
  for (const [key, type] of Object.entries(PATH_TYPES)) {
    const path = match.at('uri', key);
    if (path.text === undefined) continue;
    path.keep();
    return { path: { type, value: path.text } };
  }
  return { path: { type: 'PathPrefix', value: '/' } };
}

/** Linkerd takes routes whose parent is the Service that clients ask. */
function meshRoute(one: ImportCase, target: FlaggerTarget): LooseTree {
  const { service: name, port } = target;
  const parentRefs = [{ group: 'core', kind: 'Service', name, port }];
  const rules = [{ backendRefs: atRest(...arms(target)) }];
  one.companions.push(httpRoute({ ...metadataOf(one, name), parentRefs, rules }));
  return trafficOf([name], target);
}

function fromIngress(one: ImportCase, spec: Field, target: FlaggerTarget): LooseTree {
  const ref = spec.at('ingressRef');
  const name = ref.at('name').text;
  const ingress = one.find('Ingress', name);
  ref.change(`ingress-nginx is retired: Ingress ${name} becomes an HTTPRoute, the same hosts and paths`);
  const [primary, canary] = arms(target);
  if (!ingress && name !== undefined) return trafficOf([noIngress(ref.at('name'))], target);
  if (!ingress) {
    reject(one, ref, 'nginx needs an ingressRef with a name, and there is none', 'name the Ingress of the users');
    return {};
  }
  const routes = ingressRoutes(one, ingress, {
    service: target.service,
    routeName: name ?? target.service,
    backends: atRest(primary, canary),
  });
  return trafficOf(routes, target);
}
