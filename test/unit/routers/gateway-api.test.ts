import { describe, expect, it } from 'vitest';
import type { RouteInput } from '../../../src/contract/activities.ts';
import type { RouteFound } from '../../../src/contract/detected.ts';
import { AT_REST, mirrored, type RouteIntent, weighted, withAffinity } from '../../../src/contract/intent.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import type { WantedIntent } from '../../../src/routers/contract.ts';
import { gatewayApiRouter } from '../../../src/routers/gateway-api/index.ts';
import type { GatewayRoute, ParentRef, ParentStatus, RouteRule } from '../../../src/routers/gateway-api/objects.ts';
import { takenOf } from '../../../src/routers/gateway-api/status.ts';
import { applyIntent, lookAt, routerOf } from '../../../src/routers/index.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { applyPatch } from '../../support/fakes/json-patch.ts';
import { withReadyPods } from '../../support/routes.ts';
import {
  backend,
  COOKIE,
  condition,
  gatewayPlan,
  gatewayRoute,
  HTTP_ROUTE,
  parentStatus,
} from './gateway-api/fixtures.ts';

const plan = gatewayPlan((one) => {
  one.affinity = COOKIE;
});
const FOUND: RouteFound = { rules: [{ index: 0, canary: false, weighted: true, weight: 1 }] };
const PATH = { type: 'PathPrefix', value: '/' };
const main: RouteRule = { matches: [{ path: PATH }], backendRefs: [backend('shop-v1')] };
const value = 'shop-1';
const kept = withAffinity(weighted(20), { phase: 'keep', value });
const expired = withAffinity(AT_REST, { phase: 'expire', value });

const change = (object: GatewayRoute, wanted: WantedIntent, of = plan) =>
  gatewayApiRouter.change({ object, plan: of, route: HTTP_ROUTE }, wanted);

function at(intent: RouteIntent, object = gatewayRoute([main]), found = FOUND): GatewayRoute {
  return applyPatch(object, change(object, { intent, found }) ?? []);
}
const rulesAt = (intent: RouteIntent, ...more: [GatewayRoute?, RouteFound?]) => at(intent, ...more).spec?.rules;
const look = (object: GatewayRoute, wanted = AT_REST) => lookAt({ object, plan, route: HTTP_ROUTE }, wanted);

it('knows both kinds, and only one of them keeps users', () => {
  expect(routerOf({ kind: 'HTTPRoute' })).toBe(gatewayApiRouter);
  expect(routerOf({ kind: 'GRPCRoute' })).toBe(gatewayApiRouter);
  expect(gatewayApiRouter.can('HTTPRoute')).toMatchObject({ affinity: true, mirror: 'percent', observed: 'status' });
  expect(gatewayApiRouter.can('GRPCRoute')).toMatchObject({ affinity: false, mirror: 'percent', weights: 'exact' });
});

describe('writing', () => {
  it('writes every weight, and puts back the number that was there', () => {
    expect(rulesAt(weighted(20))?.[0]?.backendRefs).toEqual([backend('shop-v1', 80), backend('shop-v2', 20)]);
    expect(rulesAt(weighted(100))?.[0]?.backendRefs).toEqual([backend('shop-v1', 0), backend('shop-v2', 100)]);
    expect(at(AT_REST, at(weighted(100)))).toEqual(gatewayRoute([main]));
  });

  it('gives the canary what the primary has: namespace as spelled, filters', () => {
    const filters = [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['x-a'] } }];
    const start = gatewayRoute([{ backendRefs: [backend('shop-v1', 1, { namespace: 'demo', filters })] }]);
    expect(rulesAt(weighted(30), start)?.[0]?.backendRefs?.[1]).toEqual(
      backend('shop-v2', 30, { namespace: 'demo', filters }),
    );
  });

  it('mirrors by percent, and everything without one', () => {
    const canary = { group: '', kind: 'Service', name: 'shop-v2', port: 9080 };
    expect(rulesAt(mirrored(25))?.[0]?.filters).toEqual([
      { type: 'RequestMirror', requestMirror: { backendRef: canary, percent: 25 } },
    ]);
    expect(rulesAt(mirrored(100))?.[0]).toEqual({
      ...main,
      backendRefs: [backend('shop-v1', 100)],
      filters: [{ type: 'RequestMirror', requestMirror: { backendRef: canary } }],
    });
    expect(rulesAt(AT_REST, at(mirrored(25)))).toEqual([main]);
  });

  it('keeps users by a rule before the managed one, and marks the answers of the canary alone', () => {
    const cookie = { type: 'RegularExpression', name: 'Cookie', value: '(?:.*;\\s*)?shop-version=shop-1(?:;.*)?' };
    const add = [{ name: 'Set-Cookie', value: 'shop-version=shop-1; Max-Age=600; Path=/; Secure; HttpOnly' }];
    const marked = { filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { add } }] };
    expect(rulesAt(kept)).toEqual([
      {
        name: 'sluice-affinity-shop',
        matches: [{ path: PATH, headers: [cookie] }],
        backendRefs: [backend('shop-v2', 100)],
      },
      { ...main, backendRefs: [backend('shop-v1', 80), backend('shop-v2', 20, marked)] },
    ]);
  });

  it('expires the cookie on the primary, and takes its rule away at rest', () => {
    const over = rulesAt(expired, at(kept)) ?? [];
    expect(over).toHaveLength(2);
    const add = [{ name: 'Set-Cookie', value: 'shop-version=shop-1; Max-Age=-1; Path=/; Secure; HttpOnly' }];
    const filters = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { add } }];
    expect(over[0]?.backendRefs).toEqual([backend('shop-v1', 100, { filters })]);
    expect(over[1]).toEqual({ ...main, backendRefs: [backend('shop-v1', 100)] });
    expect(at(AT_REST, at(expired, at(kept)))).toEqual(gatewayRoute([main]));
  });

  it("takes another rollout's rule away, also where the cluster dropped its name", () => {
    const old = at(kept);
    for (const rule of old.spec?.rules ?? []) delete rule.name;
    const next = withAffinity(weighted(20), { phase: 'keep', value: 'shop-2' });
    const rules = rulesAt(next, old) ?? [];
    expect(rules).toHaveLength(2);
    expect(look(at(next, old), next).intent).toEqual(next);
    expect(at(AT_REST, old)).toEqual(gatewayRoute([main]));
  });

  it('changes nothing when all is there, and needs a rule to the primary', () => {
    const object = at(kept);
    expect(change(object, { intent: kept, found: FOUND })).toEqual([]);
    const elsewhere = gatewayRoute([{ backendRefs: [backend('ratings')] }]);
    expect(change(elsewhere, { intent: weighted(20), found: FOUND })).toBeUndefined();
  });

  it('leaves the weight of others alone, and shares what they leave', () => {
    const start = gatewayRoute([
      { backendRefs: [backend('shop-v1', 40), backend('ratings', 20), backend('shop-v2', 40)] },
    ]);
    expect(rulesAt(AT_REST, start)?.[0]?.backendRefs).toEqual([backend('shop-v1', 80), backend('ratings', 20)]);
  });

  it('refuses to keep users for a plan without a cookie', () => {
    const without = gatewayPlan();
    const object = gatewayRoute([main]);
    expect(() => change(object, { intent: kept, found: FOUND }, without)).toThrow(RangeError);
  });
});

describe('looking', () => {
  it.each<[string, GatewayRoute, string]>([
    ['weights', at(weighted(50)), 'spec.rules[0] has primary 50 %, canary 50 %'],
    ['a mirror', at(mirrored(25)), 'spec.rules[0] has primary 100 %, canary 0 %, copies 25 % to the canary'],
    ['affinity', at(kept), 'spec.rules[1] has primary 80 %, canary 20 %, who met it stays (cookie of shop-1)'],
    [
      'the cookie leaving',
      at(expired),
      'spec.rules[1] has primary 100 %, canary 0 %, its cookie expires (cookie of shop-1)',
    ],
    ['no rule', gatewayRoute([]), 'no rule routes to the primary'],
  ])('says %s in words', (_, object, words) => {
    expect(look(object, mirrored(1)).words).toBe(words);
  });

  it.each<[string, RouteRule[]]>([
    ['parts of a percent', [{ backendRefs: [backend('shop-v1', 2), backend('shop-v2', 1)] }]],
    ['the canary twice', [{ backendRefs: [backend('shop-v1', 2), backend('shop-v2', 1), backend('shop-v2', 1)] }]],
    ['rules that differ', [main, { backendRefs: [backend('shop-v1', 50), backend('shop-v2', 50)] }]],
    ['a rule of ours without its cookie', (rulesAt(kept) ?? []).map((rule, n) => (n === 1 ? main : rule))],
    ['a rule of ours without a managed one', (rulesAt(kept) ?? []).slice(0, 1)],
    ['a rule of ours too many', [...(rulesAt(kept) ?? []), (rulesAt(kept) ?? [])[0] as RouteRule]],
  ])('%s is no intent', (_, rules) => {
    expect(look(gatewayRoute(rules)).intent).toBeUndefined();
  });

  it('a rule that people put between ours and the managed one changes nothing', () => {
    const rules = (rulesAt(kept) ?? []).toSpliced(1, 0, { backendRefs: [backend('ratings')] });
    expect(look(gatewayRoute(rules), kept).intent).toEqual(kept);
    expect(rulesAt(AT_REST, gatewayRoute(rules))).toEqual([{ backendRefs: [backend('ratings')] }, main]);
  });

  it('reads weights by their shares', () => {
    expect(look(gatewayRoute([{ backendRefs: [backend('shop-v1', 9), backend('shop-v2', 1)] }])).intent).toEqual(
      weighted(10),
    );
    const { weight: _, ...omitted } = backend('shop-v2');
    expect(look(gatewayRoute([{ backendRefs: [backend('shop-v1', 1), omitted] }])).intent).toEqual(weighted(50));
    const fraction = { backendRef: backend('shop-v2'), fraction: { numerator: 1, denominator: 4 } };
    const filters = [{ type: 'RequestMirror', requestMirror: fraction }];
    expect(look(gatewayRoute([{ ...main, filters }])).intent).toEqual(mirrored(25));
  });
});

const ACCEPTED = { type: 'Accepted', status: 'True' };
const RESOLVED = { type: 'ResolvedRefs', status: 'True' };

describe('what the Gateway has taken', () => {
  const route = (change: (one: GatewayRoute) => void) => {
    const object = gatewayRoute([main]);
    change(object);
    return takenOf(object);
  };

  it('is taken when every parent accepted this generation', () => {
    expect(route(() => {})).toEqual({ kind: 'taken' });
  });

  it.each<[string, ParentRef, ParentStatus[]]>([
    [
      // linkerd/linkerd2#14964
      'by Linkerd: no generation, the core group by its name, one condition',
      { group: '', kind: 'Service', name: 'shop', port: 9080 },
      [{ parentRef: { group: 'core', kind: 'Service', name: 'shop', namespace: 'demo' }, conditions: [ACCEPTED] }],
    ],
    [
      'by a controller that names the listener',
      { name: 'edge' },
      [{ parentRef: { name: 'edge', sectionName: 'https', port: 443 }, conditions: [ACCEPTED, RESOLVED] }],
    ],
    [
      'with a generation of 0',
      { name: 'edge' },
      [{ parentRef: { name: 'edge' }, conditions: [{ ...ACCEPTED, observedGeneration: 0 }, RESOLVED] }],
    ],
    [
      'beside what a controller left that is gone',
      { name: 'edge' },
      [
        { parentRef: { name: 'edge' }, controllerName: 'old', conditions: [condition('Accepted', 'True', 2)] },
        { parentRef: { name: 'edge' }, controllerName: 'new', conditions: [ACCEPTED, RESOLVED] },
      ],
    ],
  ])('is taken %s', (_, parent, parents) => {
    const taken = route((one) => {
      one.spec = { ...one.spec, parentRefs: [parent] };
      one.status = { parents };
    });
    expect(taken).toEqual({ kind: 'taken' });
  });

  it('is pending until each parent spoke of this generation', () => {
    expect(route((one) => (one.metadata.generation = 4))).toEqual({
      kind: 'pending',
      sentence: 'Gateway infra/edge has not said Accepted and ResolvedRefs of generation 4 yet',
    });
    expect(route((one) => one.spec?.parentRefs?.push({ name: 'inner' }))).toEqual({
      kind: 'pending',
      sentence: 'Gateway demo/inner has not said anything about it yet',
    });
    expect(route((one) => (one.spec = { rules: [] }))).toMatchObject({ kind: 'pending' });
  });

  it("is refused with the implementation's words, whatever other parents say", () => {
    const no = condition('ResolvedRefs', 'False', 3, 'BackendNotFound', 'backend(nope) not found');
    expect(
      route((one) => {
        one.status = { parents: [parentStatus(3), parentStatus(3, [condition('Accepted', 'True', 3), no])] };
      }),
    ).toEqual({
      kind: 'refused',
      sentence: 'Gateway infra/edge says ResolvedRefs False, BackendNotFound: backend(nope) not found',
    });
    const old = { ...no, observedGeneration: 2 };
    expect(
      route((one) => (one.status = { parents: [parentStatus(3, [condition('Accepted', 'True', 3), old])] })),
    ).toEqual({
      kind: 'pending',
      sentence: 'Gateway infra/edge has not said ResolvedRefs of generation 3 yet',
    });
    const partly = condition('PartiallyInvalid', 'True', 3, 'UnsupportedValue', 'Dropped Rule 0');
    expect(route((one) => one.status?.parents?.[0]?.conditions?.push(partly))).toMatchObject({ kind: 'refused' });
  });
});

describe('an older cluster', () => {
  it('gets writes in v1beta1, and is asked for v1 once', async () => {
    const old = new FakeCluster(['gateway.networking.k8s.io/v1beta1', 'apps/v1']);
    const { primary, canary } = plan.workload;
    for (const name of [primary, canary]) old.put('deployments', withReadyPods(name, 1));
    old.put('httproutes', gatewayRoute([main]) as KubeObject);
    const input = (intent: RouteIntent, seq: number): RouteInput => ({
      plan,
      cluster: 'local',
      clusterUid: 'uid',
      rollout: 'shop-1',
      epoch: 1,
      fence: { epoch: 1, seq },
      intent,
      found: FOUND,
      canary: { replicas: 1, proven: false },
    });
    await applyIntent(old, input(weighted(20), 1));
    await applyIntent(old, input(AT_REST, 2));
    expect(old.patches.map(({ ref }) => ref.apiVersion)).toEqual([
      'gateway.networking.k8s.io/v1beta1',
      'gateway.networking.k8s.io/v1beta1',
    ]);
    expect(old.requests.filter((one) => one.includes('k8s.io/v1 '))).toHaveLength(1);
  });
});
