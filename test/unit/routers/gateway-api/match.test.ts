import { describe, expect, it } from 'vitest';
import { AT_REST, type RouteIntent, sameIntent, weighted, withMatch } from '../../../../src/contract/intent.ts';
import type { MatchCondition, Plan } from '../../../../src/contract/plan.ts';
import { gatewayApiRouter } from '../../../../src/routers/gateway-api/index.ts';
import type { GatewayRoute, RouteRule } from '../../../../src/routers/gateway-api/objects.ts';
import { foundRules } from '../../../../src/routers/inspect.ts';
import { lookAt } from '../../../../src/routers/look.ts';
import { applyPatch } from '../../../support/fakes/json-patch.ts';
import { backend, gatewayPlan, gatewayRoute, HTTP_ROUTE, problemsOf, shop } from './fixtures.ts';

const HEADER: MatchCondition = { header: { 'x-tester': 'yes' } };
const COOKIE: MatchCondition = { cookie: { tester: '1' } };
const HEADERS = [{ type: 'Exact', name: 'x-tester', value: 'yes' }];
const CANARY = [backend('shop-v2', 100)];

const withStages = (one: Plan) => {
  one.match = [HEADER, COOKIE].map((match) => ({ match, everyMs: 1, iterations: 1 }));
};
const plan = gatewayPlan(withStages);
const testers = withMatch(AT_REST, [HEADER]);
const both = withMatch(AT_REST, [HEADER, COOKIE]);
const path = { type: 'PathPrefix', value: '/' };
const users: RouteRule = { matches: [{ path }], backendRefs: [backend('shop-v1')] };

/** @param nameless the cluster drops names of rules */
function after(start: RouteRule[], intents: RouteIntent[], nameless = false): RouteRule[] {
  const first = gatewayRoute(start);
  const found = { rules: foundRules({ object: first, plan, route: HTTP_ROUTE }) };
  const end = intents.reduce<GatewayRoute>((object, intent) => {
    const change = gatewayApiRouter.change({ object, plan, route: HTTP_ROUTE }, { intent, found });
    const next = applyPatch(object, change ?? []);
    if (nameless) for (const rule of next.spec?.rules ?? []) delete rule.name;
    return next;
  }, first);
  return end.spec?.rules ?? [];
}

const looked = (rules: RouteRule[], wanted: RouteIntent) =>
  lookAt({ object: gatewayRoute(rules), plan, route: HTTP_ROUTE }, wanted);

describe('users who match', () => {
  it('have a rule with one more header, to the canary alone', () => {
    expect(after([users], [testers])).toEqual([
      { name: 'sluice-match-shop', matches: [{ path, headers: HEADERS }], backendRefs: CANARY },
      { ...users, backendRefs: [backend('shop-v1', 100)] },
    ]);
    expect(after([users], [both])[0]?.matches).toEqual([
      { path, headers: HEADERS },
      {
        path,
        headers: [{ type: 'RegularExpression', name: 'cookie', value: '(?:.*;\\s*)?tester=1(?:;.*)?' }],
      },
    ]);
  });

  it.each([false, true])('are read back and go with one write, names of rules dropped: %s', (nameless) => {
    const wide = withMatch(weighted(40), [HEADER, COOKIE]);
    const two = [users, { matches: [{ path: { type: 'Exact', value: '/a' } }], backendRefs: [backend('shop-v1')] }];
    for (const start of [[users], two])
      for (const intents of [[testers], [testers, both], [testers, both, wide], [wide, weighted(100)]]) {
        const rules = after(start, intents, nameless);
        const wanted = intents.at(-1) as RouteIntent;
        const seen = looked(rules, wanted).intent;
        expect(seen && sameIntent(seen, wanted), JSON.stringify([seen, wanted])).toBe(true);
        expect(after(start, [...intents, AT_REST], nameless)).toEqual(start);
      }
  });

  it('are nobody where a rule of ours was changed', () => {
    const [own, managed] = after([users], [testers]) as [RouteRule, RouteRule];
    expect(looked([{ ...own, matches: [{ path }] }, managed], testers).intent).toBeUndefined();
    expect(looked([{ ...own, backendRefs: [backend('shop-v1')] }, managed], testers).intent).toBeUndefined();
    expect(looked([own, own, managed], testers).intent).toBeUndefined();
    expect(looked([managed], testers).intent).toEqual(AT_REST);
  });

  it('a rule of somebody else for the same users is theirs', () => {
    const theirs = { name: 'theirs', matches: [{ path, headers: HEADERS }], backendRefs: CANARY };
    expect(after([theirs, users], [testers, AT_REST])).toEqual([theirs, users]);
  });
});

describe('preflight of stages with match', () => {
  it('is possible on a usual route', async () => expect(await problemsOf(shop([users]), withStages)).toEqual([]));

  it('is refused where the rule asks for the header itself', async () => {
    const headers = [{ name: 'X-Tester', value: 'no' }];
    expect(await problemsOf(shop([{ ...users, matches: [{ path, headers }] }]), withStages)).toEqual([
      'HTTPRoute demo/shop spec.rules[0]: has a condition on the header x-tester already',
    ]);
  });

  it('is refused where the Gateway API has no room', async () => {
    expect(await problemsOf(shop(Array.from({ length: 9 }, () => users)), withStages)).toEqual([
      'HTTPRoute demo/shop: stages with match need 18 rules here, and the Gateway API allows 16',
    ]);
    const headers = Array.from({ length: 16 }, (_, n) => ({ name: `h${n}`, value: '1' }));
    expect(await problemsOf(shop([{ ...users, matches: [{ path, headers }] }]), withStages)).toEqual([
      'HTTPRoute demo/shop spec.rules[0]: has a match with so many headers that there is no room for 1 more',
    ]);
  });

  it('is refused where a rule of others would lose requests to it', async () => {
    const theirs = { matches: [{ path, headers: [{ name: 'a', value: '1' }] }], backendRefs: [backend('shop-v9')] };
    const cluster = shop([users, theirs]);
    expect((await problemsOf(cluster, withStages)).filter((one) => one.includes('go past'))).toEqual([
      'HTTPRoute demo/shop spec.rules[0]: users who match would go past spec.rules[1], which takes requests from it now',
    ]);
  });
});
