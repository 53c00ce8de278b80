import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../../src/contract/plan.ts';
import type { RouteRule } from '../../../../src/routers/gateway-api/objects.ts';
import { backend, COOKIE, problemsOf, shop } from './fixtures.ts';

describe('preflight of session affinity', () => {
  const kept = (plan: Plan) => {
    plan.affinity = COOKIE;
  };
  const path = { type: 'PathPrefix', value: '/' };
  const users: RouteRule = { matches: [{ path }], backendRefs: [backend('shop-v1')] };

  it('is possible on a usual route, and not on a GRPCRoute', async () => {
    expect(await problemsOf(shop([users]), kept)).toEqual([]);
    const grpc = shop([users], (route) => {
      route.kind = 'GRPCRoute';
    });
    const plan = (one: Plan) => {
      kept(one);
      one.traffic.routes = [{ kind: 'GRPCRoute', name: 'shop', namespace: 'demo' }];
    };
    expect(await problemsOf(grpc, plan)).toEqual([
      'GRPCRoute demo/shop: gRPC clients keep no cookies, so nobody would stay on the canary',
    ]);
  });

  it('is refused where the Gateway API has no room', async () => {
    const many = Array.from({ length: 9 }, (): RouteRule => users);
    expect(await problemsOf(shop(many), kept)).toEqual([
      'HTTPRoute demo/shop: session affinity needs 18 rules here, and the Gateway API allows 16',
    ]);
    const matches = Array.from({ length: 64 }, (_, n) => ({ path: { type: 'Exact', value: `/${n}` } }));
    const wide = [
      { ...users, matches },
      { ...users, matches: [{ path: { type: 'Exact', value: '/x' } }] },
    ];
    expect(await problemsOf(shop(wide), kept)).toEqual([
      'HTTPRoute demo/shop: session affinity needs 130 matches here, and the Gateway API allows 128',
    ]);
  });

  it("is refused where the rule already has cookies of somebody's own", async () => {
    const matches = [{ path, headers: [{ type: 'Exact', name: 'cookie', value: 'a=b' }] }];
    const filters = [
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { add: [{ name: 'set-cookie', value: 'a=b' }] } },
    ];
    expect(await problemsOf(shop([{ matches, backendRefs: [backend('shop-v1', 1, { filters })] }]), kept)).toEqual([
      'HTTPRoute demo/shop spec.rules[0]: matches on the Cookie header already, and the Gateway API looks at a header once per match',
      'HTTPRoute demo/shop spec.rules[0]: a backend sets a Set-Cookie of its own, and the Gateway API adds one value per header name',
    ]);
  });

  it('is refused where answers lose their cookies', async () => {
    const sentence =
      "HTTPRoute demo/shop spec.rules[0]: replaces or removes the Set-Cookie header of answers, the affinity's too";
    const filters = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['set-cookie'] } }];
    expect(await problemsOf(shop([{ ...users, filters }]), kept)).toEqual([sentence]);
    const set = [
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'Set-Cookie', value: 'a' }] } },
    ];
    const backendRefs = [backend('shop-v1', 1, { filters: set })];
    expect(await problemsOf(shop([{ ...users, backendRefs }]), kept)).toEqual([sentence]);
  });

  it('is refused where our rule would take requests from a rule of others', async () => {
    const beta = { headers: [{ type: 'Exact', name: 'x-beta', value: '1' }] };
    const others = (match: object): RouteRule => ({ matches: [{ path, ...match }], backendRefs: [backend('beta')] });
    const sentence = (index: number) =>
      `HTTPRoute demo/shop spec.rules[0]: users with the cookie would go past spec.rules[${index}], which takes requests from it now`;
    const query = { queryParams: [{ type: 'Exact', name: 'v', value: '2' }] };
    expect(await problemsOf(shop([users, others(query)]), kept)).toEqual([sentence(1)]);
    expect(await problemsOf(shop([users, others(beta)]), kept)).toEqual([sentence(1)]);
    expect(await problemsOf(shop([others(beta), users]), kept)).toEqual([]);
    expect(await problemsOf(shop([users, others({ method: 'POST' })]), kept)).toEqual([]);
    expect(await problemsOf(shop([users, others({ path: { type: 'PathPrefix', value: '/api' } })]), kept)).toEqual([]);
  });
});
