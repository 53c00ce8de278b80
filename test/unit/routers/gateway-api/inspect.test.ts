import { describe, expect, it } from 'vitest';
import { AT_REST } from '../../../../src/contract/intent.ts';
import type { Plan } from '../../../../src/contract/plan.ts';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import type { RouteRule } from '../../../../src/routers/gateway-api/objects.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import {
  backend,
  condition,
  gatewayPlan,
  gatewayRoute,
  inspect,
  parentStatus,
  problemsOf,
  SERVED,
  service,
  shop,
} from './fixtures.ts';

describe('preflight of an HTTPRoute', () => {
  it('finds nothing wrong with a usual route, and keeps what is there for the way back', async () => {
    expect(await inspect(shop())).toMatchObject({
      found: { rules: [{ index: 0, canary: false, weighted: true, weight: 1 }] },
      uids: { 'HTTPRoute demo/shop': expect.any(String) },
      intent: AT_REST,
      problems: [],
      warnings: [],
    });
  });

  it('reads the epoch that this plan left behind, and names another plan that claimed the route', async () => {
    const claimed = (annotations: Record<string, string>) =>
      shop(undefined, (route) => (route.metadata.annotations = annotations));
    expect((await inspect(claimed({ 'fence.sluice.dev/shop': '7.3' }))).epoch).toBe(7);
    expect(await problemsOf(claimed({ 'sluice.dev/owner': 'demo/other' }))).toEqual([
      'HTTPRoute demo/shop: is managed by the plan demo/other',
    ]);
  });

  it('names a route that is not there', async () => {
    expect(await problemsOf(new FakeCluster(SERVED))).toEqual(['HTTPRoute demo/shop: does not exist']);
  });

  it.each<[string, RouteRule, string]>([
    [
      'other backends beside parts that are no percents',
      { backendRefs: [backend('shop-v1', 9), backend('ratings', 1)] },
      'shares 9 with the 1 of other backends, which cannot be split by percent',
    ],
    [
      'an omitted weight on the canary',
      { backendRefs: [backend('shop-v1', 1), { name: 'shop-v2', port: 9080 }] },
      'already routes 50 % of the users to the canary (an omitted weight means 1)',
    ],
    [
      'entries twice',
      { backendRefs: [backend('shop-v1', 50), backend('shop-v1', 50)] },
      "lists the primary, the canary or the canary's mirror twice",
    ],
    ['no weight at all', { backendRefs: [backend('shop-v1', 0)] }, 'gives no weight to the primary'],
  ])('refuses %s', async (_, rule, problem) => {
    expect(await problemsOf(shop([rule]))).toContain(`HTTPRoute demo/shop spec.rules[0]: ${problem}`);
  });

  it('lists what the rules route to when none routes to the primary, and rules that have another name', async () => {
    const elsewhere = shop([{ name: 'main', backendRefs: [backend('ratings'), backend('shop-v1', 1, { port: 81 })] }]);
    expect(await problemsOf(elsewhere)).toEqual([
      'HTTPRoute demo/shop: no rule routes to the primary (shop-v1:9080); they route to ratings:9080, shop-v1:81',
    ]);
    const beta = (plan: Plan) => {
      plan.traffic.routes = [{ kind: 'HTTPRoute', name: 'shop', namespace: 'demo', rules: ['beta'] }];
    };
    expect(await problemsOf(elsewhere, beta)).toEqual(['HTTPRoute demo/shop: no rule is named "beta"; there are main']);
  });

  it('lets a mirror of others be, and warns of one to the canary', async () => {
    const mirror = (name: string, percent: number) => ({
      type: 'RequestMirror',
      requestMirror: { backendRef: { name, port: 9080 }, percent },
    });
    const rule = { backendRefs: [backend('shop-v1', 100)], filters: [mirror('audit', 100), mirror('shop-v2', 30)] };
    expect(await inspect(shop([rule]))).toMatchObject({
      problems: [],
      intent: { ...AT_REST, mirror: 30 },
      warnings: [
        'HTTPRoute demo/shop spec.rules[0] already mirrors 30 % to the canary; the rollout takes that mirror over and ends without it',
      ],
    });
  });
});

describe('preflight of what the Gateway says', () => {
  it('refuses a route that its parent does not accept, with its words', async () => {
    const route = shop(undefined, (one) => {
      one.status = {
        parents: [parentStatus(3, [condition('Accepted', 'False', 3, 'NotAllowedByListeners', 'no namespace fits')])],
      };
    });
    expect(await problemsOf(route)).toEqual([
      'HTTPRoute demo/shop: Gateway infra/edge says Accepted False, NotAllowedByListeners: no namespace fits',
    ]);
  });

  it('refuses what is pending at rest, once it has waited for it, and not where no controller writes a status', async () => {
    const silent = shop(undefined, (one) => {
      one.status = { parents: [] };
    });
    const old = shop(undefined, (one) => {
      one.status = { parents: [parentStatus(2)] };
    });
    expect(await Promise.all([silent, old].map((one) => problemsOf(one)))).toEqual([
      ['HTTPRoute demo/shop: Gateway infra/edge has not said anything about it yet'],
      ['HTTPRoute demo/shop: Gateway infra/edge has not said Accepted and ResolvedRefs of generation 3 yet'],
    ]);
    const without = gatewayPlan((plan) => {
      plan.traffic.awaitStatus = false;
    });
    expect(await inspect(silent, without)).toMatchObject({ problems: [], warnings: [] });
  });

  it('takes a status that comes a moment later', async () => {
    const late = shop(undefined, (one) => {
      one.status = { parents: [] };
    });
    setTimeout(() => late.put('httproutes', gatewayRoute([{ backendRefs: [backend('shop-v1')] }]) as KubeObject), 100);
    expect(await problemsOf(late)).toEqual([]);
  });
});

describe('preflight of the Services', () => {
  it('refuses Services that are missing, have another port, or select the wrong pods', async () => {
    const cluster = shop();
    await cluster.delete({
      apiVersion: 'v1',
      resource: 'services',
      kind: 'Service',
      namespace: 'demo',
      name: 'shop-v2',
    });
    expect(await problemsOf(cluster)).toEqual(['spec.traffic.canary: Service demo/shop-v2 does not exist']);
    cluster.put('services', service('shop-v2', { app: 'shop' }, 'demo', 81));
    expect(await problemsOf(cluster)).toEqual([
      'spec.traffic.canary: Service demo/shop-v2 has no port 9080; it has 81',
      "spec.traffic.canary: Service demo/shop-v2 selects pods with app=shop, and the primary's pods match that too",
    ]);
    cluster.put('services', service('shop-v2', { app: 'shop', version: 'v3' }));
    expect(await problemsOf(cluster)).toEqual([
      "spec.traffic.canary: Service demo/shop-v2 selects pods with app=shop,version=v3, but the canary's pods have app=shop,version=v2",
    ]);
  });

  it("says that the canary's Service will be made when the plan allows it", async () => {
    const cluster = shop();
    await cluster.delete({
      apiVersion: 'v1',
      resource: 'services',
      kind: 'Service',
      namespace: 'demo',
      name: 'shop-v2',
    });
    const plan = gatewayPlan((one) => {
      one.traffic.create = true;
    });
    expect(await inspect(cluster, plan)).toMatchObject({
      problems: [],
      warnings: ['Service demo/shop-v2 does not exist; it will be made, and removed at the end'],
    });
  });

  it('asks for a ReferenceGrant when a Service is in another namespace', async () => {
    const cluster = shop();
    cluster.put('services', service('shop-v2', { app: 'shop', version: 'v2' }, 'other'));
    const away = (plan: Plan) => {
      plan.traffic.canary = { host: 'shop-v2.other.svc', port: 9080 };
    };
    expect(await problemsOf(cluster, away)).toEqual([
      "HTTPRoute demo/shop: no ReferenceGrant in other lets it use the canary's Service other/shop-v2",
    ]);
    const from = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'demo' }];
    const grant = (name: string) => ({
      metadata: { name: 'demo', namespace: 'other' },
      spec: { from, to: [{ group: '', kind: 'Service', name }] },
    });
    cluster.put('referencegrants', grant('ratings') as KubeObject);
    expect(await problemsOf(cluster, away)).toHaveLength(1);
    cluster.put('referencegrants', grant('shop-v2') as KubeObject);
    expect(await problemsOf(cluster, away)).toEqual([]);
  });
});

describe('preflight of a mirror of a part', () => {
  const quarter = (plan: Plan) => {
    plan.mirror = { percent: 25, everyMs: 1_000, iterations: 1 };
  };
  const definition = (fields: object): KubeObject => {
    const nest = (path: string[], value: object): object =>
      path.reduceRight<object>((inner, key) => ({ [key]: inner }), value);
    const path =
      'openAPIV3Schema.properties.spec.properties.rules.items.properties.filters.items.properties.requestMirror.properties';
    return {
      metadata: { name: 'httproutes.gateway.networking.k8s.io' },
      spec: { versions: [{ name: 'v1', served: true, schema: nest(path.split('.'), fields) }] },
    } as KubeObject;
  };

  it('refuses it where the definition of the route does not know it', async () => {
    const cluster = shop();
    cluster.put('customresourcedefinitions', definition({ backendRef: {} }));
    expect(await problemsOf(cluster, quarter)).toEqual([
      'spec.mirror.percent: the HTTPRoute of this cluster mirrors every request or none: its definition has no requestMirror.percent',
    ]);
    cluster.put('customresourcedefinitions', definition({ backendRef: {}, percent: {} }));
    expect(await problemsOf(cluster, quarter)).toEqual([]);
  });

  it('warns where the definition cannot be read', async () => {
    const { warnings, problems } = await inspect(shop(), gatewayPlan(quarter));
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('every request would be copied, not 25 %')]);
  });
});
