/** Arrangements of routes on the real API server and Envoy: several namespaces, served versions, connections. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AT_REST, weighted } from '../../../src/contract/intent.ts';
import type { ClusterConnection } from '../../../src/kubernetes/index.ts';
import { inspectRoutes } from '../../../src/routers/index.ts';
import { apply, eventually, getJson, kubectl } from '../../support/lab/cluster.ts';
import { expectShare } from '../../support/statistics.ts';
import {
  app,
  client,
  expectSplit,
  http,
  inspect,
  LABELS,
  planOf,
  route,
  SUBSETS,
  specOf,
  standOnReviews,
  virtualService,
} from './istio-bed.ts';
import { askAll, fresh, gateway, taken } from './istio-support.ts';

/** Of the gateway for connections; bound by Envoy in the lab's own network. */
const TCP_PORT = 31_400;

let edge: string;

standOnReviews('routes', ['old']);
beforeAll(async () => {
  edge = `${app.namespace}-edge`;
  await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: edge } }]);
  await apply([gateway(edge, { hosts: [`edge.${app.host}`], port: http })]);
});
afterAll(async () => {
  await kubectl('delete', 'namespace', edge, '--wait=false');
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
