import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../../src/contract/plan.ts';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import { inspectRoutes } from '../../../../src/routers/index.ts';
import type { HttpRule } from '../../../../src/routers/istio/objects.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { planFor, to, virtualService } from '../../../support/routes.ts';
import { backend, gatewayPlan, inspect as inspectShop, shop } from '../gateway-api/fixtures.ts';

const LABELS = {
  primaryPodLabels: { app: 'reviews', version: 'v1' },
  canaryPodLabels: { app: 'reviews', version: 'v2' },
};
const SERVED = ['v1', 'networking.istio.io/v1', 'networking.k8s.io/v1', 'gateway.networking.k8s.io/v1'];
const MESH = { hosts: ['reviews', 'reviews.example.com'], gateways: ['mesh', 'edge'] };
const MAIN: HttpRule = { route: [to('v1')] };
/** `reviews` without a subset: both sides. */
const BOTH = { destination: { host: 'reviews' } };

const service = (name: string, spec: object, namespace = 'demo') =>
  ({ metadata: { name, namespace }, spec: { ports: [{ port: 9080 }], ...spec } }) as KubeObject;

function reviews(http: HttpRule[] = [MAIN], spec: object = {}): FakeCluster {
  const cluster = new FakeCluster(SERVED);
  cluster.put('virtualservices', virtualService(http, { ...MESH, ...spec }));
  cluster.put('services', service('reviews', { selector: { app: 'reviews' } }));
  cluster.put('destinationrules', {
    metadata: { name: 'reviews', namespace: 'demo' },
    spec: {
      host: 'reviews',
      subsets: ['v1', 'v2', 'latest'].map((name) => ({ name, labels: { version: name === 'latest' ? 'v2' : name } })),
    },
  } as KubeObject);
  return cluster;
}

const at = (name: string, namespace = 'demo') => ({ metadata: { name, namespace } });
const other = (http: HttpRule[], more: object = {}, namespace = 'demo') =>
  ({
    ...at('other', namespace),
    spec: { hosts: ['other.example.com'], gateways: ['edge'], http, ...more },
  }) as KubeObject;

const inspect = (cluster: FakeCluster, change: (plan: Plan) => void = () => {}) =>
  inspectRoutes(cluster, planFor(change), LABELS);
const wordsOf = async (cluster: FakeCluster, change?: (plan: Plan) => void) => {
  const { problems } = await inspect(cluster, change);
  return problems.map(({ where, problem }) => `${where}: ${problem.split(',')[0]}`);
};
const allow = (plan: Plan) => {
  plan.traffic.allowUngoverned = true;
};

const STRAY = 'routes users to reviews';
const GOLD: HttpRule = { match: [{ headers: { 'x-tier': { exact: 'gold' } } }], route: [BOTH] };
const gatewayKind = (spec: object) =>
  ({ ...at('other'), spec: { parentRefs: [{ name: 'edge' }], ...spec } }) as KubeObject;
const toBoth = { rules: [{ backendRefs: [{ name: 'reviews', port: 9080 }] }] };

describe('a way to the canary that the plan does not steer is refused, with its place', () => {
  it.each<[string, (cluster: FakeCluster) => void, string]>([
    [
      'another rule',
      (c) => c.put('virtualservices', virtualService([GOLD, MAIN], MESH)),
      'VirtualService demo/reviews spec.http[0]',
    ],
    [
      'a share of the managed rule itself',
      (c) => c.put('virtualservices', virtualService([{ route: [to('v1', 80), to('latest', 20)] }], MESH)),
      'VirtualService demo/reviews spec.http[0]',
    ],
    [
      'a tcp rule beside http ones',
      (c) =>
        c.put('virtualservices', virtualService([MAIN], { ...MESH, tcp: [{ match: [{ port: 1 }], route: [BOTH] }] })),
      'VirtualService demo/reviews spec.tcp[0]',
    ],
    [
      'another route',
      (c) => c.put('virtualservices', other([{ route: [BOTH] }])),
      'VirtualService demo/other spec.http[0]',
    ],
    [
      'a route of another namespace',
      (c) =>
        c.put(
          'virtualservices',
          other([{ route: [{ destination: { host: 'reviews.demo.svc.cluster.local' } }] }], {}, 'edge'),
        ),
      'VirtualService edge/other spec.http[0]',
    ],
    ['an HTTPRoute', (c) => c.put('httproutes', gatewayKind(toBoth)), 'HTTPRoute demo/other spec.rules[0]'],
    ['a GRPCRoute', (c) => c.put('grpcroutes', gatewayKind(toBoth)), 'GRPCRoute demo/other spec.rules[0]'],
    ['a TCPRoute', (c) => c.put('tcproutes', gatewayKind(toBoth)), 'TCPRoute demo/other spec.rules[0]'],
    ['a TLSRoute', (c) => c.put('tlsroutes', gatewayKind(toBoth)), 'TLSRoute demo/other spec.rules[0]'],
    [
      'an Ingress',
      (c) =>
        c.put('ingresses', {
          ...at('other'),
          spec: { defaultBackend: { service: { name: 'reviews' } } },
        } as KubeObject),
      'Ingress demo/other spec.defaultBackend[0]',
    ],
    [
      'an ExternalName',
      (c) => {
        c.put('services', service('alias', { type: 'ExternalName', externalName: 'reviews.demo.svc.cluster.local' }));
        c.put('virtualservices', other([{ route: [{ destination: { host: 'alias' } }] }]));
      },
      'VirtualService demo/other spec.http[0]',
    ],
    [
      'a ServiceEntry',
      (c) => {
        const endpoints = [{ address: 'reviews.demo.svc.cluster.local' }];
        c.put('serviceentries', { ...at('api'), spec: { hosts: ['*.api.example.com'], endpoints } } as KubeObject);
        c.put('virtualservices', other([{ route: [{ destination: { host: 'eu.api.example.com' } }] }]));
      },
      'VirtualService demo/other spec.http[0]',
    ],
    [
      'a Service that selects both',
      (c) => c.put('services', service('all', { selector: { app: 'reviews' } })),
      'Service demo/all',
    ],
    [
      'a ServiceEntry that selects both',
      (c) =>
        c.put('serviceentries', {
          ...at('all'),
          spec: { workloadSelector: { labels: { app: 'reviews' } } },
        } as KubeObject),
      'ServiceEntry demo/all',
    ],
  ])('%s', async (_, change, where) => {
    const cluster = reviews();
    change(cluster);
    const { problems } = await inspect(cluster);
    expect(problems.map((one) => one.where)).toEqual([where]);
    expect(problems[0]?.problem).toMatch(/canary pods.*at every weight/);
    const allowed = await inspect(cluster, allow);
    expect(allowed.problems).toEqual([]);
    expect(allowed.warnings.some((one) => one.startsWith(where) && one.includes('allowed by'))).toBe(true);
    expect(allowed.found.others).toBe(1);
  });

  it('and the remedies work', async () => {
    const cluster = reviews([{ ...GOLD, route: [to('v1')] }, MAIN]);
    cluster.put('services', service('stable', { selector: { app: 'reviews', version: 'v1' } }));
    cluster.put('httproutes', gatewayKind({ rules: [{ backendRefs: [{ name: 'stable', port: 9080 }] }] }));
    const { problems, found } = await inspect(cluster);
    expect(problems).toEqual([]);
    expect(found.rules).toHaveLength(2);
    const edge = reviews([MAIN], { hosts: ['reviews.example.com'], gateways: ['edge'] });
    expect(await wordsOf(edge)).toEqual(['Service demo/reviews: selects canary pods']);
    edge.put('virtualservices', virtualService([MAIN], MESH));
    expect(await wordsOf(edge)).toEqual([]);
  });

  it.each<[string, (cluster: FakeCluster) => void]>([
    [
      'a rule behind one that takes everything',
      (c) => c.put('virtualservices', virtualService([MAIN, { route: [BOTH] }], MESH)),
    ],
    [
      'an entry with weight 0',
      (c) => c.put('virtualservices', other([{ route: [to('v1', 100), { ...BOTH, weight: 0 }] }])),
    ],
    ['a subset of the primary', (c) => c.put('virtualservices', other([{ route: [to('v1')] }]))],
    ['a subset that nobody defines', (c) => c.put('virtualservices', other([{ route: [to('v9')] }]))],
    ['the same name elsewhere', (c) => c.put('virtualservices', other([{ route: [BOTH] }], {}, 'edge'))],
    ['a delegate that nobody names', (c) => c.put('virtualservices', other([{ route: [BOTH] }], { hosts: [] }))],
    ['a route without parents', (c) => c.put('httproutes', gatewayKind({ ...toBoth, parentRefs: [] }))],
    ["another plan's rule of affinity", (c) => c.put('services', service('other', { selector: { app: 'other' } }))],
  ])('%s is none', async (_, change) => {
    const cluster = reviews();
    change(cluster);
    expect(await inspect(cluster)).toMatchObject({ problems: [], found: { rules: [{}] } });
  });
});

describe('a way that is named, and refuses nothing', () => {
  it.each<[string, HttpRule, string]>([
    [
      "a testers' rule",
      { match: [{ headers: { 'x-canary': { exact: '1' } } }], route: [to('v2')] },
      'leads to the canary alone (reviews, subset v2): who comes by it does not count as a user left behind',
    ],
    [
      'another name of it',
      { match: [{ uri: { prefix: '/next' } }], route: [to('latest')] },
      'leads to the canary alone (reviews, subset latest)',
    ],
    [
      'copies',
      { match: [{ uri: { prefix: '/log' } }], route: [to('v1')], mirrors: [{ destination: { host: 'reviews' } }] },
      'copies requests to canary pods (reviews), whatever the rollout does',
    ],
  ])('%s', async (_, rule, words) => {
    const { problems, warnings, found } = await inspect(reviews([rule, MAIN]));
    expect(problems).toEqual([]);
    expect(warnings[0]).toContain(`VirtualService demo/reviews spec.http[0] ${words}`);
    expect(found.others).toBe(1);
  });
});

describe('delegates', () => {
  const root = (more: object = {}) =>
    ({
      ...at('root', 'edge'),
      spec: {
        ...MESH,
        hosts: ['reviews.demo.svc.cluster.local'],
        http: [{ delegate: { name: 'reviews', namespace: 'demo' } }],
        ...more,
      },
    }) as KubeObject;
  const delegated = (http: HttpRule[] = [MAIN]) => reviews(http, { hosts: undefined, gateways: undefined });

  it('are governed by what hands users over to them', async () => {
    const cluster = delegated();
    expect(await wordsOf(cluster)).toEqual([
      'Service demo/reviews: selects canary pods',
      'VirtualService demo/reviews: has no hosts',
    ]);
    cluster.put('virtualservices', root());
    expect(await wordsOf(cluster)).toEqual([]);
    cluster.put('virtualservices', root({ gateways: ['edge'] }));
    const [problem] = (await inspect(cluster)).problems;
    // hosts or gateways in the delegate itself would break it
    expect(problem?.remedy).toContain('bind VirtualService edge/root with the host reviews to the gateway "mesh"');
  });

  it('lead to strays of their own, and those of their roots are found', async () => {
    const cluster = delegated([GOLD, MAIN]);
    cluster.put(
      'virtualservices',
      root({
        http: [
          { match: [{ uri: { prefix: '/a' } }], route: [{ destination: { host: 'reviews.demo.svc.cluster.local' } }] },
          { delegate: { name: 'reviews', namespace: 'demo' } },
        ],
      }),
    );
    expect(await wordsOf(cluster)).toEqual([
      `VirtualService demo/reviews spec.http[0]: ${STRAY}`,
      `VirtualService edge/root spec.http[0]: ${STRAY}.demo.svc.cluster.local`,
    ]);
  });

  it('are what the remedy names when a plan names the root', async () => {
    const cluster = delegated();
    cluster.put('virtualservices', root());
    const { problems } = await inspect(cluster, (plan) => {
      plan.traffic.routes = [{ kind: 'VirtualService', name: 'root', namespace: 'edge' }];
      plan.traffic.primary = { host: 'reviews.demo.svc.cluster.local', subset: 'v1' };
      plan.traffic.canary = { host: 'reviews.demo.svc.cluster.local', subset: 'v2' };
    });
    expect(problems[0]?.problem).toContain('they route to the delegate reviews');
    expect(problems[0]?.remedy).toContain('name the delegate that does in spec.traffic.routes, such as demo/reviews');
  });
});

describe('what may not be read', () => {
  it('is said by name, and the namespaces of the plan are looked at all the same', async () => {
    const cluster = reviews([GOLD, MAIN]);
    for (const kind of ['virtualservices', 'destinationrules']) cluster.forbidden.add(`${kind}/*`);
    cluster.forbidden.add('virtualservices/istio-system').add('destinationrules/istio-system').add('services/demo');
    const { problems, warnings } = await inspect(cluster);
    expect(problems.map(({ where }) => where)).toEqual(['VirtualService demo/reviews spec.http[0]']);
    expect(warnings).toContain(
      "no right to list Services in demo: whether others than the plan's select canary pods was not looked at",
    );
    expect(warnings).toContain(
      'no right to list every VirtualService, DestinationRule of the cluster: what leads to canary pods was looked for in demo alone',
    );
  });
});

describe('routes of the Gateway API', () => {
  const both = service('shop', { selector: { app: 'shop' } });

  it('stand before a Service that they are bound to, and before no other', async () => {
    const rules = [{ backendRefs: [backend('shop-v1')] }];
    const ingress = shop(rules);
    ingress.put('services', both);
    expect((await inspectShop(ingress)).problems.map(({ where }) => where)).toEqual(['Service demo/shop']);
    const mesh = shop(rules, (route) => {
      const parentRef = { group: '', kind: 'Service', name: 'shop', port: 9080 };
      route.spec = { ...route.spec, parentRefs: [parentRef] };
      for (const one of route.status?.parents ?? []) one.parentRef = parentRef;
    });
    mesh.put('services', both);
    const { problems, warnings } = await inspectShop(mesh);
    expect(problems).toEqual([]);
    expect(warnings[0]).toContain('callers without a sidecar');
  });

  it('have rules, backends and mirrors that lead elsewhere', async () => {
    const cluster = shop([
      { matches: [{ path: { value: '/a' } }], backendRefs: [backend('shop-v1', 90), backend('shop-next', 10)] },
      { matches: [{ path: { value: '/b' } }], backendRefs: [backend('shop-next')] },
      {
        backendRefs: [backend('shop-v1')],
        filters: [{ type: 'RequestMirror', requestMirror: { backendRef: backend('shop-next') } }],
      },
    ]);
    cluster.put('services', service('shop-next', { selector: { version: 'v2' } }));
    const { problems, warnings } = await inspectShop(cluster, gatewayPlan());
    expect(problems.map(({ where }) => where)).toEqual(['HTTPRoute demo/shop spec.rules[0]']);
    expect(warnings.map((one) => one.split(' (')[0])).toEqual([
      'HTTPRoute demo/shop spec.rules[1] leads to the canary alone',
      'HTTPRoute demo/shop spec.rules[2] copies requests to canary pods',
    ]);
  });
});
