/** Every arrangement of routes on the real API server and Envoy: two hosts, made destinations, namespaces, versions, connections. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRequests } from '../../../lab/prober/index.ts';
import { createDestinations } from '../../../src/activities/create-destinations.ts';
import { removeDestinations } from '../../../src/activities/remove-destinations.ts';
import type { FencedTarget } from '../../../src/contract/activities.ts';
import type { RouteFound } from '../../../src/contract/detected.ts';
import { AT_REST, mirrored, type RouteIntent, weighted } from '../../../src/contract/intent.ts';
import type { Plan, TrafficPlan } from '../../../src/contract/plan.ts';
import { type ClusterConnection, connect } from '../../../src/kubernetes/index.ts';
import { applyIntent, inspectRoutes } from '../../../src/routers/index.ts';
import { apply, eventually, getJson, kubectl, lab } from '../../support/lab/cluster.ts';
import { program } from '../../support/lab/lab-app.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { readIntent } from '../../support/read-intent.ts';
import { expectShare } from '../../support/statistics.ts';
import { askAll, deployCanary, fresh, type GatewayAnswer, gateway, taken } from './istio-support.ts';

const LABELS = {
  primaryPodLabels: { app: 'reviews', version: 'v1' },
  canaryPodLabels: { app: 'reviews', version: 'v2' },
};
/** Of the gateway for connections; bound by Envoy in the lab's own network. */
const TCP_PORT = 31_400;
const SUBSETS = { primary: { host: 'reviews', subset: 'v1' }, canary: { host: 'reviews', subset: 'v2' } };

let app: Reviews;
let client: ClusterConnection;
let edge: string;
let seq = 0;

beforeAll(async () => {
  app = await Reviews.create('routes', { replicas: 1 });
  edge = `${app.namespace}-edge`;
  await deployCanary(app.namespace, 'reviews:v2');
  client = connect({ kubeconfig: lab.productKubeconfig });
  await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: edge } }]);
  await apply([
    service('reviews-stable', { app: 'reviews', version: 'v1' }),
    gateway(app.namespace, {
      hosts: [`hosts.${app.host}`, `old.${app.host}`, `bare.${app.host}`, `share.${app.host}`],
      port: http,
    }),
    gateway(edge, { hosts: [`edge.${app.host}`], port: http }),
  ]);
}, 120_000);

afterAll(async () => {
  await app.remove();
  await kubectl('delete', 'namespace', edge, '--wait=false');
  await client.close();
});

const http = { name: 'http', number: 8080, protocol: 'HTTP' };

function service(name: string, selector: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: app.namespace },
    spec: { selector, ports: [{ name: 'http', port: 9080 }] },
  };
}

function virtualService(name: string, spec: object, namespace = app.namespace, version = 'v1'): object {
  return {
    apiVersion: `networking.istio.io/${version}`,
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec: { gateways: ['extra'], ...spec },
  };
}

const planOf = (traffic: Partial<TrafficPlan>): Plan => {
  const plan = app.plan();
  return { ...plan, traffic: { ...plan.traffic, allowUngoverned: true, ...traffic } };
};

function next(plan: Plan): FencedTarget {
  seq += 1;
  return { plan, cluster: 'lab', clusterUid: 'uid', rollout: 'reviews-1', epoch: 1, fence: { epoch: 1, seq } };
}

async function inspect(plan: Plan): Promise<RouteFound> {
  const { problems, intent, found } = await inspectRoutes(client, plan, LABELS);
  expect(problems).toEqual([]);
  expect(intent).toEqual(AT_REST);
  return found;
}

async function route(plan: Plan, found: RouteFound, intent: RouteIntent, through = client): Promise<void> {
  expect(
    await applyIntent(through, { ...next(plan), intent, found, canary: { replicas: 1, proven: false } }),
  ).toMatchObject({ kind: 'written' });
  expect(await readIntent(through, plan, intent)).toEqual(intent);
}

const specOf = async (name: string, namespace = app.namespace) =>
  (await getJson<{ spec: unknown }>(namespace, 'virtualservice', name)).spec;

function expectSplit(ask: () => Promise<GatewayAnswer[]>, percent: number): Promise<void> {
  return expectShare(`share of ${percent} %`, percent / 100, async () => {
    const answers = await ask();
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    return { hits: answers.filter(({ version }) => version === 'v2').length, of: answers.length };
  });
}

it('two hosts: the Service of the canary is made, gets its share and its copies, and is removed', async () => {
  const plan = planOf({
    routes: [{ kind: 'VirtualService', name: 'hosts', namespace: app.namespace }],
    primary: { host: 'reviews-stable' },
    canary: { host: 'reviews-canary' },
    create: true,
  });
  const host = `hosts.${app.host}`;
  const destination = { host: 'reviews-stable', port: { number: 9080 } };
  await apply([virtualService('hosts', { hosts: [host], http: [{ timeout: '4s', route: [{ destination }] }] })]);
  const before = await specOf('hosts');
  const found = await inspect(plan);
  expect(await createDestinations(client, next(plan))).toEqual([`made Service ${app.namespace}/reviews-canary`]);
  expect(await createDestinations(client, next(plan))).toHaveLength(1);

  await route(plan, found, mirrored(100));
  const copies = (path: string) =>
    readRequests(lab.dir, app.namespace, 'reviews-v2-').filter((one) => one.path === path).length;
  await eventually(async () => {
    await askAll(host, fresh(1), '/warm');
    return copies('/warm') > 0 || undefined;
  }, 'a copy arrives');
  await expectSplit(() => askAll(host, fresh(200), '/copied'), 0);
  await eventually(() => copies('/copied') >= 200 || undefined, '200 copies', 5_000);
  expect(copies('/copied')).toBe(200);
  await route(plan, found, weighted(40));
  await taken(host, 40, 1, '|reviews-canary.');
  await expectSplit(() => askAll(host, fresh(1_000)), 40);

  expect(await removeDestinations(client, next(plan))).toEqual([
    `kept Service ${app.namespace}/reviews-canary: VirtualService ${app.namespace}/hosts names it`,
  ]);
  await route(plan, found, AT_REST);
  expect(await specOf('hosts')).toEqual(before);
  expect(await removeDestinations(client, next(plan))).toEqual([`removed Service ${app.namespace}/reviews-canary`]);
  await expect(getJson(app.namespace, 'service', 'reviews-canary')).rejects.toThrow(/not found/);
});

it('a third destination keeps its share and an audit mirror its copies, and both are back to the letter', async () => {
  const host = `share.${app.host}`;
  const at = { name: 'audit', namespace: app.namespace };
  await apply([
    service('audit', { app: 'audit' }),
    program(at, { app: 'audit' }, 'reviews:v1', { replicas: 1 }),
    virtualService('share', {
      hosts: [host],
      http: [
        {
          mirror: { host: 'audit' },
          route: [
            { destination: SUBSETS.primary, weight: 80, headers: { response: { set: { 'x-from': 'route' } } } },
            { destination: { host: 'reviews-stable' }, weight: 20 },
          ],
        },
      ],
    }),
  ]);
  await kubectl('-n', app.namespace, 'rollout', 'status', 'deployment/audit', '--timeout=60s');
  const plan = planOf({ routes: [{ kind: 'VirtualService', name: 'share', namespace: app.namespace }] });
  const before = await specOf('share');
  const found = await inspect(plan);
  const copies = (pod: string, path: string) =>
    readRequests(lab.dir, app.namespace, pod).filter((one) => one.path === path).length;

  await route(plan, found, mirrored(100));
  const atBoth = (path: string, many: number) =>
    (copies('audit-', path) >= many && copies('reviews-v2-', path) >= many) || undefined;
  let batch = 0;
  // each thread of an Envoy takes up a route for itself
  await eventually(async () => {
    batch += 1;
    await askAll(host, fresh(50), `/warm-${batch}`);
    await eventually(() => atBoth(`/warm-${batch}`, 50), 'all copies', 1_000);
    return true;
  }, 'copies of all requests arrive at both');
  await expectSplit(() => askAll(host, fresh(100), '/both'), 0);
  await eventually(() => atBoth('/both', 100), '100 copies to each', 20_000);

  await route(plan, found, weighted(50));
  await taken(host, 40, 1);
  await expectSplit(() => askAll(host, fresh(1_000), '/split'), 40);
  const canary = (await askAll(host, fresh(50))).filter(
    ({ version, headers }) => version === 'v2' && headers['x-from'],
  );
  expect(canary.length).toBeGreaterThan(0);
  expect(copies('audit-', '/split')).toBeGreaterThan(900);
  await route(plan, found, AT_REST);
  expect(await specOf('share')).toEqual(before);
});

it('a missing subset is made beside the DestinationRule of others, which istiod puts together', async () => {
  const host = `bare.${app.host}`;
  const bare = { host: 'reviews-bare', subset: 'v1' };
  await apply([
    service('reviews-bare', { app: 'reviews' }),
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'reviews-bare', namespace: app.namespace },
      spec: { host: 'reviews-bare', subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
    },
    virtualService('bare', { hosts: [host], http: [{ route: [{ destination: bare }] }] }),
  ]);
  const plan = planOf({
    routes: [{ kind: 'VirtualService', name: 'bare', namespace: app.namespace }],
    primary: bare,
    canary: { ...bare, subset: 'v2' },
    create: true,
  });
  const before = await specOf('bare');
  const found = await inspect(plan);
  const name = `DestinationRule ${app.namespace}/reviews-sluice-canary`;
  expect(await createDestinations(client, next(plan))).toEqual([`made ${name}`]);
  await route(plan, found, weighted(30));
  await taken(host, 30, 1);
  await expectSplit(() => askAll(host, fresh(1_000)), 30);
  await route(plan, found, AT_REST);
  expect(await removeDestinations(client, next(plan))).toEqual([`removed ${name}`]);
  await taken(host, 0, 1);
  await expectSplit(() => askAll(host, fresh(50)), 0);
  expect(await specOf('bare')).toEqual(before);
});

it('routes in several namespaces move together, one after another', async () => {
  const full = `reviews.${app.namespace}.svc.cluster.local`;
  const host = `edge.${app.host}`;
  const edgeRule = { name: 'web', route: [{ destination: { host: full, subset: 'v1' }, weight: 100 }] };
  await apply([virtualService('edge', { hosts: [host], http: [edgeRule] }, edge)]);
  const plan = planOf({
    routes: [
      { kind: 'VirtualService', name: 'reviews', namespace: app.namespace },
      { kind: 'VirtualService', name: 'edge', namespace: edge, rules: ['web'] },
    ],
    primary: { host: full, subset: 'v1' },
    canary: { host: full, subset: 'v2' },
  });
  const before = [await specOf('reviews'), await specOf('edge', edge)];
  const [refused] = (await inspectRoutes(client, plan, LABELS)).problems;
  expect(refused?.problem).toContain('does not allow its use');
  await kubectl('-n', edge, 'annotate', 'virtualservice', 'edge', `sluice.dev/grant=${plan.namespace}/*`);
  const found = await inspect(plan);
  await route(plan, found, weighted(60));
  await Promise.all([taken(app.host, 60, 1), taken(host, 60, 1)]);
  await expectSplit(() => askAll(app.host, fresh(500)), 60);
  await expectSplit(() => askAll(host, fresh(500)), 60);
  await route(plan, found, AT_REST);
  expect([await specOf('reviews'), await specOf('edge', edge)]).toEqual(before);
});

it.each(['v1alpha3', 'v1beta1', 'v1'])(
  'an object written as %s is changed in the version served, not rewritten',
  async (version) => {
    const host = `old.${app.host}`;
    const object = virtualService(
      'old',
      {
        hosts: [host],
        http: [{ route: [{ destination: SUBSETS.primary }], mirror: SUBSETS.canary, mirror_percent: 0 }],
      },
      app.namespace,
      version,
    );
    await apply([object]);
    const read = () =>
      getJson<{ metadata: { annotations: Record<string, string> }; spec: unknown }>(
        app.namespace,
        `virtualservice.${version}.networking.istio.io`,
        'old',
      );
    const before = await read();
    const applied = 'kubectl.kubernetes.io/last-applied-configuration';
    const plan = planOf({ routes: [{ kind: 'VirtualService', name: 'old', namespace: app.namespace }], ...SUBSETS });
    // a server that knows this version only
    const through: ClusterConnection = {
      ...client,
      get: async (ref) =>
        ref.resource === 'virtualservices' && !ref.apiVersion.endsWith(`/${version}`) ? undefined : client.get(ref),
    };
    const found = await inspect(plan);
    await route(plan, found, weighted(20), through);
    await taken(host, 20, 1);
    await route(plan, found, AT_REST, through);
    const after = await read();
    const fields = await kubectl(
      '-n',
      app.namespace,
      'get',
      'virtualservice',
      'old',
      '-o',
      'json',
      '--show-managed-fields',
    );
    const { managedFields } = JSON.parse(fields).metadata as {
      managedFields: { manager: string; apiVersion: string }[];
    };
    expect(managedFields.find(({ manager }) => manager === 'sluice')?.apiVersion).toBe(
      `networking.istio.io/${version}`,
    );
    expect(after.spec).toEqual(before.spec);
    expect(after.metadata.annotations[applied]).toBe(before.metadata.annotations[applied]);
    expect(Object.keys(after.metadata.annotations).sort()).toEqual([
      'fence.sluice.dev/reviews',
      applied,
      'sluice.dev/owner',
    ]);
    await kubectl('-n', app.namespace, 'delete', 'virtualservice', 'old');
  },
);

it('tcp rules share connections by weight; tls rules are accepted beside them', async () => {
  const tcp = [
    { match: [{ port: TCP_PORT }], route: [{ destination: { ...SUBSETS.primary, port: { number: 9080 } } }] },
  ];
  const tls = [{ match: [{ sniHosts: ['tls.example'] }], route: [{ destination: SUBSETS.primary, weight: 100 }] }];
  await apply([
    gateway(app.namespace, { hosts: ['*'], port: { name: 'tcp', number: TCP_PORT, protocol: 'TCP' } }, 'connections'),
    virtualService('connections', { hosts: ['*'], gateways: ['connections'], tcp, tls }),
  ]);
  const plan = planOf({
    routes: [{ kind: 'VirtualService', name: 'connections', namespace: app.namespace }],
    ...SUBSETS,
  });
  const { problems } = await inspectRoutes(client, plan, LABELS);
  expect(problems.map(({ problem }) => problem)).toContain(
    'is a tcp rule: it can split connections by weight, but not mirror',
  );
  const { mirror: _, ...connections } = plan;
  const before = await specOf('connections');
  const found = await inspect(connections);
  await route(connections, found, weighted(30));
  const url = `http://127.0.0.1:${TCP_PORT}/`;
  const version = async () => {
    const answer = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.headers.get('x-version') ?? '';
  };
  await eventually(async () => (await version()) === 'v2' || undefined, 'a connection to the canary', 10_000);
  await expectShare('tcp connections at 30 %', 0.3, async () => {
    const seen: string[] = [];
    for (let n = 0; n < 500; n += 1) seen.push(await version());
    return { hits: seen.filter((one) => one === 'v2').length, of: seen.length };
  });
  await route(connections, found, AT_REST);
  expect(await specOf('connections')).toEqual(before);
});
