import { ingressRoutes } from '../nginx/http-route.ts';
import { type ImportCase, refuse, reject, require } from '../shared/case.ts';
import { atRest, withSelector } from '../shared/companions.ts';
import type { Field } from '../shared/field.ts';
import type { LooseTree } from '../shared/tree.ts';
import { ARM, type RolloutPods } from './workload.ts';

interface Pair {
  stable?: string;
  canary?: string;
}

const KNOWN_PLUGINS = 'argoproj-labs/gatewayAPI';

export function canaryTraffic(
  one: ImportCase,
  canary: Field,
  { pods, weights }: { pods: RolloutPods; weights: number[] },
): LooseTree {
  const names = ['stableService', 'canaryService'].map((key) => canary.at(key));
  for (const name of names) name.keep();
  const pair = { stable: names[0]?.text, canary: names[1]?.text };
  const [[router, from] = [], ...more] = canary
    .at('trafficRouting')
    .fields()
    .filter(([key]) => key !== 'managedRoutes' && key !== 'maxTrafficWeight');
  if (router) armSelectors(one, pair);
  for (const [name, field] of more) field.lose(`a plan has one router: ${router}, not ${name}`);
  if (!router || !from) return byPods(one, pods, { pair, weights });
  const missing = names.filter(({ exists }) => !exists);
  for (const name of missing)
    if (router !== 'istio' || !from.at('destinationRule').exists)
      reject(
        one,
        name,
        `${router} needs a ${String(name.path.at(-1))}, and there is none where the controller reads it`,
        'name the Services of both arms',
      );
  if (router === 'istio') return byIstio(one, from, pair);
  if (router === 'nginx') return byIngress(one, from, pair);
  const plugin = from.at(KNOWN_PLUGINS);
  if (router === 'plugins' && plugin.exists) return byGateway(one, plugin, pair);
  const name =
    router === 'plugins'
      ? from
          .fields()
          .map(([key]) => key)
          .join(', ')
      : router;
  refuse(one, from, `${name} is no router that a plan can have`, 'move to the Gateway API or Istio first');
  return {};
}

/** In the files both Services select all pods: Argo adds its hash, a plan needs labels. */
function armSelectors(one: ImportCase, pair: Pair): void {
  for (const [arm, name] of [
    ['primary', pair.stable],
    ['canary', pair.canary],
  ] as const) {
    const found = one.find('Service', name);
    if (!found) continue;
    found
      .at('spec', 'selector')
      .change(
        `with ${ARM}: ${arm} in place of Argo's hash: apply it once the Rollout is gone, or Argo writes its hash again`,
      );
    one.companions.push(withSelector(one, found, { ...found.at('spec', 'selector').tree, [ARM]: arm }));
  }
}

function portOf(one: ImportCase, name: string | undefined): number {
  return one.find('Service', name)?.at('spec', 'ports', 0, 'port').number ?? 80;
}

function destinations(one: ImportCase, { stable, canary }: Pair): { primary: LooseTree; canary: LooseTree } {
  const port = portOf(one, stable);
  return { primary: { service: stable, port }, canary: { service: canary, port: portOf(one, canary ?? stable) } };
}

function byIstio(one: ImportCase, istio: Field, pair: Pair): LooseTree {
  const named = [istio.at('virtualService'), ...istio.at('virtualServices').items()].filter(({ exists }) => exists);
  const routes = named.map((service) => {
    for (const key of ['name', 'routes']) service.at(key).keep();
    const rules = service.at('routes').exists ? service.at('routes').value : undefined;
    const [name, namespace] = (service.at('name').text ?? '').split('.');
    return { kind: 'VirtualService', name, namespace, rules };
  });
  const subsets = istio.at('destinationRule');
  if (!subsets.exists) return { routes, primary: { host: pair.stable }, canary: { host: pair.canary } };
  for (const key of ['name', 'stableSubsetName', 'canarySubsetName']) subsets.at(key).keep();
  const rule = one.find('DestinationRule', subsets.at('name').text);
  const host = rule?.at('spec', 'host').text;
  if (!host)
    refuse(
      one,
      subsets,
      'the DestinationRule is not in the files, so the host is not known',
      'import it beside the Rollout',
    );
  rule
    ?.at('spec', 'subsets')
    .change(`give its subsets the label ${ARM}: primary and canary: Argo has written its hash there`);
  return {
    routes,
    primary: { host, subset: subsets.at('stableSubsetName').text },
    canary: { host, subset: subsets.at('canarySubsetName').text },
  };
}

function byGateway(one: ImportCase, plugin: Field, pair: Pair): LooseTree {
  const routes: LooseTree[] = [];
  for (const [key, kind] of Object.entries({ httpRoute: 'HTTPRoute', grpcRoute: 'GRPCRoute' })) {
    const listed = plugin
      .at(`${key}s`)
      .items()
      .map((item) => item.at('name'));
    for (const name of [plugin.at(key), ...listed].filter(({ exists }) => exists)) {
      name.keep();
      routes.push({ kind, name: name.text });
    }
  }
  plugin.at('namespace').keep();
  const namespace = plugin.at('namespace').text;
  if (routes.length === 0)
    refuse(
      one,
      plugin,
      'a plan manages HTTPRoutes and GRPCRoutes, and there is none of them here',
      'route by one of the two',
    );
  return {
    routes: routes.map((route) => ({ ...route, namespace: namespace === one.namespace ? undefined : namespace })),
    ...destinations(one, pair),
  };
}

function byIngress(one: ImportCase, nginx: Field, pair: Pair): LooseTree {
  const named = [nginx.at('stableIngress'), ...nginx.at('stableIngresses').items()].filter(({ exists }) => exists);
  const to = destinations(one, pair);
  const names = named.flatMap((name) => {
    const ingress = one.find('Ingress', name.text);
    if (!ingress) refuse(one, name, `Ingress ${name.text} is not in the files`, 'import it beside the Rollout');
    name.change('ingress-nginx is retired: an HTTPRoute of the same hosts and paths');
    const backends = atRest(
      { name: pair.stable ?? '', port: Number(to.primary.port) },
      { name: pair.canary ?? '', port: Number(to.canary.port) },
    );
    return ingress
      ? ingressRoutes(one, ingress, { service: pair.stable ?? '', routeName: name.text ?? '', backends })
      : [];
  });
  if (named.length === 0)
    reject(one, nginx, 'nginx needs a stableIngress, and there is none', 'name the Ingress of the users');
  return { routes: names.map((name) => ({ kind: 'HTTPRoute', name })), ...to };
}

/** Without a router Argo shares by numbers of pods behind one Service. */
function byPods(one: ImportCase, pods: RolloutPods, { pair, weights }: { pair: Pair; weights: number[] }): LooseTree {
  const found = pair.stable ? [pair.stable] : selecting(one, pods.labels).map(({ object }) => object.name);
  if (found.length === 0)
    refuse(
      one,
      one.source.at('spec', 'selector'),
      'no Service in the files selects the pods, so there is nothing to split',
      'import the Service by which users come',
    );
  require(one, 'service', one.source.at('spec', 'strategy', 'canary'));
  const total = pods.replicas.number ?? 1;
  const reachable = weights.every((weight) => Number.isInteger((weight * total) / 100));
  if (!reachable) pods.replicas.change(`with ${total} pods the shares ${weights.join(', ')} % cannot be had exactly`);
  return behindService(one, { stable: found[0], canary: pair.canary }, weights.length > 1);
}

/** @param shared both arms share users by their pods, instead of a switch from one to the other */
function behindService(one: ImportCase, pair: Pair, shared: boolean): LooseTree {
  if (pair.stable !== undefined) armSelectors(one, pair);
  return {
    routes: [{ kind: 'Service', name: pair.stable }],
    mode: shared ? 'pods' : undefined,
    canary: pair.canary === undefined ? undefined : { service: pair.canary },
  };
}

function selecting(one: ImportCase, labels: LooseTree): Field[] {
  return one.all('Service').filter((service) => {
    const selector = Object.entries(service.at('spec', 'selector').tree);
    return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
  });
}

const LONGEST_DRAIN_S = 3_600;

function drainOf(delay: Field): string | undefined {
  if (delay.number === undefined || delay.number > LONGEST_DRAIN_S) return undefined;
  delay.change('terminationDrain: how long connections may drain; the old side is not kept warm');
  return `${delay.number}s`;
}

export function blueGreenTraffic(one: ImportCase, blueGreen: Field): LooseTree {
  const [active, preview] = [blueGreen.at('activeService'), blueGreen.at('previewService')];
  for (const field of [active, preview]) field.keep();
  const terminationDrain = drainOf(blueGreen.at('scaleDownDelaySeconds'));
  const pair = { stable: active.text, canary: preview.text };
  if (!active.exists) reject(one, active, 'there is no activeService', 'name the Service of the users');
  const inFront = routeInFront(one, pair);
  if (inFront) {
    armSelectors(one, pair);
    return { ...inFront, terminationDrain };
  }
  require(one, 'service', blueGreen);
  return { ...behindService(one, pair, false), terminationDrain };
}

/** A route that leads to the active Service can switch as well as the Service itself, and does it with the users' connections. */
function routeInFront(one: ImportCase, pair: Pair): LooseTree | undefined {
  const http = one.all('HTTPRoute').find((route) => leadsTo(route, pair.stable, ['backendRefs', 'name']));
  if (http) {
    const to = destinations(one, { ...pair, canary: pair.canary ?? `${pair.stable}-canary` });
    http
      .at('spec', 'rules')
      .change('leads to both arms while a rollout runs; users are moved here and not by the Service');
    return { routes: [{ kind: 'HTTPRoute', name: http.object.name }], ...to, create: pair.canary ? undefined : true };
  }
  const istio = pair.canary
    ? one.all('VirtualService').find((route) => leadsTo(route, pair.stable, ['route', 'destination', 'host']))
    : undefined;
  if (!istio) return undefined;
  istio
    .at('spec', 'http')
    .change('leads to both arms while a rollout runs; users are moved here and not by the Service');
  return {
    routes: [{ kind: 'VirtualService', name: istio.object.name }],
    primary: { host: pair.stable },
    canary: { host: pair.canary },
  };
}

function leadsTo(route: Field, service: string | undefined, [list = '', ...name]: string[]): boolean {
  const rules = route.at('spec', route.object.kind === 'HTTPRoute' ? 'rules' : 'http').items();
  return rules.some((rule) =>
    rule
      .at(list)
      .items()
      .some((to) => to.at(...name).text?.split('.')[0] === service),
  );
}
