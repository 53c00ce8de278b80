import { ingressRoutes, noIngress } from '../nginx/http-route.ts';
import { type ImportCase, refuse, reject } from '../shared/case.ts';
import { atRest, withSelector } from '../shared/companions.ts';
import type { Field } from '../shared/field.ts';
import type { LooseTree } from '../shared/tree.ts';
import { ARGO_HASH, ARM, type RolloutPods } from './workload.ts';

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
  const swapping = canary.at('pingPong');
  const ping = ['pingService', 'pongService'].map((key) => swapping.at(key));
  const names = swapping.exists ? ping : ['stableService', 'canaryService'].map((key) => canary.at(key));
  for (const name of names) name.keep(swapping.exists ? 'its role stays in a plan: users come back to the first' : '');
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
    one.companions.push(withSelector(one, found, { ...selectorOf(found), [ARM]: arm }));
  }
}

/** As people wrote it: in a cluster Argo's hash is in it. */
function selectorOf(service: Field): LooseTree {
  const { [ARGO_HASH]: _hash, ...selector } = service.at('spec', 'selector').tree;
  return selector;
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
    if (!ingress) return [noIngress(name)];
    name.change('ingress-nginx is retired: an HTTPRoute of the same hosts and paths');
    const backends = atRest(
      { name: pair.stable ?? '', port: Number(to.primary.port) },
      { name: pair.canary ?? '', port: Number(to.canary.port) },
    );
    return ingressRoutes(one, ingress, { service: pair.stable ?? '', routeName: name.text ?? '', backends });
  });
  if (named.length === 0)
    reject(one, nginx, 'nginx needs a stableIngress, and there is none', 'name the Ingress of the users');
  else if (names.length === 0 && one.refusals.length === 0)
    reject(one, named[0] ?? nginx, `no rule of it leads to ${pair.stable}`, `let the Ingress lead to ${pair.stable}`);
  return { routes: names.map((name) => ({ kind: 'HTTPRoute', name })), ...to };
}

/** Without a router Argo shares by numbers of pods behind one Service. */
function byPods(one: ImportCase, pods: RolloutPods, { pair, weights }: { pair: Pair; weights: number[] }): LooseTree {
  const name = sharedService(one, pods, pair);
  const total = pods.replicas.number ?? 1;
  const reachable = weights.every((weight) => Number.isInteger((weight * total) / 100));
  if (!reachable) pods.replicas.change(`with ${total} pods the shares ${weights.join(', ')} % cannot be had exactly`);
  return behindService(one, { stable: name, canary: pair.canary }, weights.length > 1);
}

/** The Service that users ask: one beside those of the arms, which Argo gives to one arm each. */
function sharedService(one: ImportCase, { labels }: RolloutPods, pair: Pair): string {
  const found = selecting(one, labels).map(({ object }) => object.name);
  const both = found.find((name) => name !== pair.stable && name !== pair.canary);
  if (both !== undefined) return both;
  const [at, why] =
    pair.stable === undefined
      ? ([
          'selector',
          `no Service in the files selects the pods: ${one.name} is assumed; write the one that users ask`,
        ] as const)
      : ([
          'strategy',
          `users of ${pair.stable} met the new version at the end alone; in the plan they do by weights`,
        ] as const);
  one.source.at('spec', at).remark(why);
  return pair.stable ?? one.name;
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
    const selector = Object.entries(selectorOf(service));
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
  return { ...behindService(one, pair, false), terminationDrain };
}
