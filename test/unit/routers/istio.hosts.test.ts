import { describe, expect, it } from 'vitest';
import type { RouteInput } from '../../../src/contract/activities.ts';
import { AT_REST, mirrored, type RouteIntent, weighted } from '../../../src/contract/intent.ts';
import type { Plan, RouteRef } from '../../../src/contract/plan.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { applyIntent, inspectRoutes, resolveRoute } from '../../../src/routers/index.ts';
import type { HttpRule, VirtualService } from '../../../src/routers/istio/objects.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { readIntent } from '../../support/read-intent.ts';
import { AFFINITY, planFor, to, virtualService, withReadyPods } from '../../support/routes.ts';

const LABELS = {
  primaryPodLabels: { app: 'reviews', version: 'v1' },
  canaryPodLabels: { app: 'reviews', version: 'v2' },
};

function service(name: string, selector: Record<string, string>, port = 9080): KubeObject {
  return { metadata: { name, namespace: 'demo' }, spec: { selector, ports: [{ port }] } } as KubeObject;
}

function put(
  cluster: FakeCluster,
  http: HttpRule[],
  at: { name?: string; namespace?: string; annotations?: Record<string, string> } = {},
  spec = {},
): void {
  const object = virtualService(http, spec);
  cluster.put('virtualservices', { ...object, metadata: { ...object.metadata, ...at } });
}

const objectAt = (cluster: FakeCluster, key = 'demo/reviews') =>
  cluster.objects.get(`virtualservices/${key}`) as VirtualService;

let seq = 0;

async function apply(cluster: FakeCluster, plan: Plan, intents: RouteIntent[]): Promise<void> {
  const { found } = await inspectRoutes(cluster, plan, LABELS);
  for (const name of ['reviews-v1', 'reviews-v2']) cluster.put('deployments', withReadyPods(name, 1));
  for (const intent of intents) {
    seq += 1;
    const input: RouteInput = {
      plan,
      cluster: 'local',
      clusterUid: 'uid',
      rollout: 'reviews-1',
      epoch: 1,
      fence: { epoch: 1, seq },
      intent,
      found,
      canary: { replicas: 1, proven: false },
    };
    expect(await applyIntent(cluster, input)).toMatchObject({ kind: 'written' });
    expect(await readIntent(cluster, plan, intent)).toEqual(intent);
  }
}

const problemsOf = async (cluster: FakeCluster, plan: Plan) =>
  (await inspectRoutes(cluster, plan, LABELS)).problems.map(({ where, problem }) => `${where}: ${problem}`);

describe('two hosts', () => {
  const plan = (change: (plan: Plan) => void = () => {}) =>
    planFor((p) => {
      p.traffic.primary = { host: 'reviews' };
      p.traffic.canary = { host: 'reviews-canary' };
      change(p);
    });
  const host = (name: string, weight?: number) => ({
    destination: { host: name, port: { number: 9080 } },
    ...(weight === undefined ? {} : { weight }),
  });
  function hosts(): FakeCluster {
    const cluster = new FakeCluster();
    put(cluster, [{ route: [host('reviews')] }]);
    cluster.put('services', service('reviews', { app: 'reviews', version: 'v1' }));
    cluster.put('services', service('reviews-canary', { app: 'reviews', version: 'v2' }));
    return cluster;
  }

  it('needs no DestinationRule, and no route bound to the mesh', async () => {
    expect(await inspectRoutes(hosts(), plan(), LABELS)).toMatchObject({ intent: AT_REST, problems: [], warnings: [] });
  });

  it('shares the traffic, copies it, and ends as it began', async () => {
    const cluster = hosts();
    const { spec } = objectAt(cluster);
    await apply(cluster, plan(), [weighted(20)]);
    expect(objectAt(cluster).spec?.http).toEqual([{ route: [host('reviews', 80), host('reviews-canary', 20)] }]);
    const again = hosts();
    await apply(again, plan(), [mirrored(100), weighted(20), AT_REST]);
    expect(objectAt(again).spec).toEqual(spec);
  });

  it('refuses Services that are missing, select the wrong pods, or lack the port', async () => {
    const cluster = hosts();
    cluster.objects.delete('services/demo/reviews-canary');
    expect(await problemsOf(cluster, plan())).toEqual([
      'spec.traffic.canary.host: Service demo/reviews-canary does not exist',
    ]);
    cluster.put('services', service('reviews-canary', { app: 'reviews', version: 'v3' }));
    expect((await problemsOf(cluster, plan()))[0]).toContain('reviews-canary selects pods with app=reviews,version=v3');
    cluster.put('services', service('reviews-canary', { app: 'reviews' }));
    expect((await problemsOf(cluster, plan()))[0]).toContain("and the primary's pods match that too");
    cluster.put('services', service('reviews-canary', { app: 'reviews', version: 'v2' }, 80));
    expect(await problemsOf(cluster, plan())).toEqual([
      'VirtualService demo/reviews spec.http[0]: routes to port 9080, which Service demo/reviews-canary of the canary does not have',
    ]);
  });
});

describe('several rules and routes', () => {
  function subsets(cluster: FakeCluster): FakeCluster {
    cluster.put('services', service('reviews', { app: 'reviews' }));
    cluster.put('destinationrules', {
      metadata: { name: 'reviews', namespace: 'demo' },
      spec: {
        host: 'reviews',
        subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })),
      },
    } as KubeObject);
    return cluster;
  }

  it('manages every rule that routes to the primary, or those that are named', async () => {
    const http: HttpRule[] = [
      { name: 'api', match: [{ uri: { prefix: '/api' } }], route: [to('v1')] },
      { name: 'static', route: [{ destination: { host: 'static' } }] },
      { name: 'rest', route: [to('v1', 100)] },
    ];
    const cluster = subsets(new FakeCluster());
    put(cluster, http);
    await apply(cluster, planFor(), [weighted(20)]);
    const weights = () => objectAt(cluster).spec?.http?.map(({ route }) => route?.map(({ weight }) => weight));
    expect(weights()).toEqual([[80, 20], [undefined], [80, 20]]);

    put(cluster, http);
    const named = planFor((p) => {
      p.traffic.routes = [{ kind: 'VirtualService', name: 'reviews', namespace: 'demo', rules: ['rest'] }];
    });
    await apply(cluster, named, [weighted(20)]);
    expect(weights()).toEqual([[undefined], [undefined], [80, 20]]);
    put(cluster, http);
    await apply(cluster, named, [weighted(20), AT_REST]);
    expect(objectAt(cluster).spec?.http).toEqual(http);
  });

  it('refuses a named rule that routes elsewhere', async () => {
    const cluster = subsets(new FakeCluster());
    put(cluster, [
      { name: 'api', redirect: { uri: '/new' } },
      { name: 'rest', route: [to('v1')] },
    ]);
    const plan = planFor((p) => {
      p.traffic.routes = [{ kind: 'VirtualService', name: 'reviews', namespace: 'demo', rules: ['api', 'rest'] }];
    });
    expect(await problemsOf(cluster, plan)).toEqual([
      'VirtualService demo/reviews spec.http[0]: "api" does not route to the primary (reviews, subset v1)',
    ]);
  });

  const full = 'reviews.demo.svc.cluster.local';
  const both = (change: (plan: Plan) => void = () => {}) =>
    planFor((p) => {
      p.traffic.primary = { host: full, subset: 'v1' };
      p.traffic.canary = { host: full, subset: 'v2' };
      p.traffic.routes = [
        { kind: 'VirtualService', name: 'reviews', namespace: 'demo' },
        { kind: 'VirtualService', name: 'edge', namespace: 'ingress' },
      ];
      change(p);
    });
  function edges(): FakeCluster {
    const cluster = subsets(new FakeCluster());
    put(cluster, [{ route: [to('v1')] }]);
    put(cluster, [{ timeout: '1s', route: [to('v1', 100, full)] }], {
      name: 'edge',
      namespace: 'ingress',
      annotations: { 'sluice.dev/grant': 'demo/*' },
    });
    return cluster;
  }

  it('steers routes in other namespaces, each in its own spelling, and puts each back as it was', async () => {
    const cluster = edges();
    expect(await problemsOf(cluster, both())).toEqual([]);
    const start = [objectAt(cluster), objectAt(cluster, 'ingress/edge')].map(({ spec }) => spec);
    await apply(cluster, both(), [weighted(40)]);
    expect(objectAt(cluster).spec?.http?.[0]?.route).toEqual([to('v1', 60), to('v2', 40)]);
    expect(objectAt(cluster, 'ingress/edge').spec?.http?.[0]?.route).toEqual([to('v1', 60, full), to('v2', 40, full)]);
    const again = edges();
    await apply(again, both(), [mirrored(10), weighted(40), AT_REST]);
    expect([objectAt(again), objectAt(again, 'ingress/edge')].map(({ spec }) => spec)).toEqual(start);
  });

  it('has no intent while two routes disagree', async () => {
    const cluster = edges();
    put(cluster, [{ route: [to('v1', 90), to('v2', 10)] }]);
    expect(await readIntent(cluster, both(), AT_REST)).toBeUndefined();
  });

  it('asks for full names where a short one would mean several Services', async () => {
    const short = both((p) => {
      p.traffic.primary = { host: 'reviews', subset: 'v1' };
    });
    expect(await problemsOf(edges(), short)).toContain(
      'spec.traffic.primary.host: "reviews" is read in the namespace of each route, so it means several Services (reviews.demo.svc.cluster.local, reviews.ingress.svc.cluster.local)',
    );
  });

  it('says so when a short host means nothing in the namespace of the route', async () => {
    const cluster = edges();
    const plan = planFor((p) => {
      p.traffic.routes = [{ kind: 'VirtualService', name: 'edge', namespace: 'ingress' }];
    });
    const [problem] = (await inspectRoutes(cluster, plan, LABELS)).problems;
    expect(problem?.remedy).toBe(
      `route a rule to the primary, or correct spec.traffic.primary, fully qualified because the route is in ingress: ${full}`,
    );
  });

  describe('rules for connections', () => {
    const rule: HttpRule = { match: [{ port: 9080 }], route: [to('v1')] };

    it('shares connections by weight on tcp and tls rules, beside http ones', async () => {
      const cluster = subsets(new FakeCluster());
      const tls: HttpRule = { match: [{ sniHosts: ['reviews.example'] }], route: [to('v1', 100), to('v2', 0)] };
      put(
        cluster,
        [{ route: [to('v1')] }],
        {},
        { tcp: [{ route: [{ destination: { host: 'db' } }] }, rule], tls: [tls] },
      );
      const { spec } = objectAt(cluster);
      const { found } = await inspectRoutes(cluster, planFor(), LABELS);
      expect(found.rules).toEqual([
        { index: 0, canary: false, weighted: false },
        { index: 1, canary: false, weighted: false, list: 'tcp' },
        { index: 0, canary: true, weighted: true, weight: 100, canaryWeighted: true, list: 'tls' },
      ]);
      await apply(cluster, planFor(), [weighted(30)]);
      expect(objectAt(cluster).spec).toEqual({
        ...spec,
        http: [{ route: [to('v1', 70), to('v2', 30)] }],
        tcp: [{ route: [{ destination: { host: 'db' } }] }, { ...rule, route: [to('v1', 70), to('v2', 30)] }],
        tls: [{ ...tls, route: [to('v1', 70), to('v2', 30)] }],
      });
      const again = subsets(new FakeCluster());
      again.put('virtualservices', { ...objectAt(cluster), spec });
      await apply(again, planFor(), [weighted(30), weighted(100), AT_REST]);
      expect(objectAt(again).spec).toEqual(spec);
    });

    it('names the place when one of them differs', async () => {
      const cluster = subsets(new FakeCluster());
      put(cluster, [], {}, { http: undefined, tcp: [{ ...rule, route: [to('v1', 50), to('v2', 50)] }] });
      expect(await problemsOf(cluster, planFor())).toEqual([
        'VirtualService demo/reviews spec.tcp[0]: already routes 50 % of the users to the canary',
      ]);
    });

    it('refuses a mirror and affinity there, unless the plan names http rules', async () => {
      const cluster = subsets(new FakeCluster());
      put(cluster, [{ name: 'web', route: [to('v1')] }], {}, { tcp: [rule] });
      const asking = (rules?: string[]) =>
        planFor((p) => {
          p.affinity = AFFINITY;
          p.mirror = { percent: 100, everyMs: 1_000, iterations: 1 };
          p.traffic.routes = [
            { kind: 'VirtualService', name: 'reviews', namespace: 'demo', ...(rules ? { rules } : {}) },
          ];
        });
      const { problems } = await inspectRoutes(cluster, asking(), LABELS);
      expect(problems.map(({ where, problem, remedy }) => `${where} ${problem}; ${remedy}`)).toEqual([
        'VirtualService demo/reviews spec.tcp[0] is a tcp rule: it can split connections by weight, but not mirror; leave spec.mirror out, or name the http rules to manage in spec.traffic.routes[].rules',
        'VirtualService demo/reviews spec.tcp[0] is a tcp rule: it can split connections by weight, but not keep users by a cookie; leave spec.affinity out, or name the http rules to manage in spec.traffic.routes[].rules',
      ]);
      expect(await problemsOf(cluster, asking(['web']))).toEqual([]);
    });
  });

  describe('API versions', () => {
    const only = (version: string) => subsets(new FakeCluster([`networking.istio.io/${version}`, 'apps/v1', 'v1']));

    it.each(['v1', 'v1beta1', 'v1alpha3'])('works where %s is all that is served', async (version) => {
      const cluster = only(version);
      put(cluster, [{ route: [to('v1')] }]);
      expect(await problemsOf(cluster, planFor())).toEqual([]);
      await apply(cluster, planFor(), [weighted(20), AT_REST]);
      expect(cluster.patches.map(({ ref }) => ref.apiVersion)).toEqual(Array(2).fill(`networking.istio.io/${version}`));
      expect(objectAt(cluster).apiVersion).toBe('networking.istio.io/v1');
    });

    it('asks for the newest first, once', async () => {
      const cluster = only('v1alpha3');
      put(cluster, [{ route: [to('v1')] }]);
      await apply(cluster, planFor(), [weighted(20), AT_REST]);
      expect(cluster.requests.filter((one) => one.startsWith('get networking.istio.io/v1 '))).toHaveLength(1);
    });

    it('knows the version when the route is gone, and when the cluster changed it', async () => {
      const cluster = only('v1alpha3');
      const route = planFor().traffic.routes[0] as RouteRef;
      const { ref } = await resolveRoute(cluster, route);
      expect(ref.apiVersion).toBe('networking.istio.io/v1alpha3');
      const client = new FakeCluster();
      put(client, [{ route: [to('v1')] }]);
      await resolveRoute(client, route);
      client.serve(['networking.istio.io/v1beta1']);
      expect((await resolveRoute(client, route)).ref.apiVersion).toBe('networking.istio.io/v1beta1');
    });
  });
});
