import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RouteFound } from '../../../src/contract/detected.ts';
import type { AffinityIntent } from '../../../src/contract/intent.ts';
import {
  AT_REST,
  mirrored,
  type RouteIntent,
  sameIntent,
  weighted,
  withAffinity,
} from '../../../src/contract/intent.ts';
import { gatewayApiRouter } from '../../../src/routers/gateway-api/index.ts';
import {
  type Filter,
  type GatewayRoute,
  isMirrorTo,
  pairOf,
  type RouteMatch,
  type RouteRule,
} from '../../../src/routers/gateway-api/objects.ts';
import { foundRule } from '../../../src/routers/gateway-api/rule.ts';
import { gatewayRules } from '../../../src/routers/gateway-api/rules.ts';
import { lookAt } from '../../../src/routers/look.ts';
import { applyPatch } from '../../support/fakes/json-patch.ts';
import { backend, COOKIE, gatewayPlan, gatewayRoute, HTTP_ROUTE } from './gateway-api/fixtures.ts';

const plan = gatewayPlan((one) => {
  one.affinity = COOKIE;
});
const pair = pairOf(plan, HTTP_ROUTE);

const unknown = fc.dictionary(fc.constantFrom('timeouts', 'retry', 'sessionPersistence', 'x-unknown'), fc.jsonValue());
const match: fc.Arbitrary<RouteMatch> = fc.record(
  {
    path: fc.record({ type: fc.constantFrom('PathPrefix', 'Exact'), value: fc.constantFrom('/', '/a', '/b') }),
    method: fc.constantFrom('GET', 'POST'),
    headers: fc.constant([{ type: 'Exact', name: 'x-beta', value: '1' }]),
    queryParams: fc.constant([{ type: 'Exact', name: 'v', value: '2' }]),
  },
  { requiredKeys: [] },
);
const headers: Filter = {
  type: 'RequestHeaderModifier',
  requestHeaderModifier: { set: [{ name: 'x-from', value: 'route' }] },
};
const response: Filter = { type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['x-secret'] } };
const foreignMirror: Filter = {
  type: 'RequestMirror',
  requestMirror: { backendRef: { name: 'audit', port: 80 }, percent: 10 },
};
const idleMirror: Filter = {
  type: 'RequestMirror',
  requestMirror: { backendRef: { name: 'shop-v2', port: 9080 }, percent: 0 },
};
const filters = fc.shuffledSubarray([headers, response, foreignMirror, idleMirror], { minLength: 1 });

const named = (name: string | undefined) => (name === undefined ? {} : { name });

/** A rule at rest in any of the forms that people write; `implicit` is what only a client that fills in no defaults sees. */
const restRule: fc.Arbitrary<RouteRule> = fc
  .record({
    unknown,
    match: fc.option(fc.array(match, { minLength: 1, maxLength: 3 }), { nil: undefined }),
    filters: fc.option(filters, { nil: undefined }),
    own: fc.option(fc.subarray([headers, response], { minLength: 1 }), { nil: undefined }),
    shape: fc.constantFrom('single', 'implicit', 'weighted', 'both', 'three', 'share'),
    spelled: fc.boolean(),
    reverse: fc.boolean(),
  })
  .map(({ unknown: rest, match: matches, filters: some, own, shape, spelled, reverse }) => {
    const more = { ...(spelled ? { namespace: 'demo' } : {}), ...(own ? { filters: own } : {}) };
    const { weight: _, ...implicit } = backend('shop-v1', 1, more);
    const shapes: Record<string, RouteRule['backendRefs']> = {
      single: [backend('shop-v1', 1, more)],
      implicit: [implicit],
      weighted: [backend('shop-v1', 100, more)],
      both: [backend('shop-v1', 100, more), backend('shop-v2', 0, more)],
      share: [backend('shop-v1', 80, more), backend('ratings', 20)],
      three: [backend('shop-v1', 7, more), backend('ratings', 0), backend('shop-v2', 0)],
    };
    const refs = shapes[shape] ?? [];
    const backendRefs = reverse ? refs.toReversed() : refs;
    return { ...rest, ...(matches ? { matches } : {}), ...(some ? { filters: some } : {}), backendRefs };
  });

const otherRule = fc
  .record({ unknown, matches: fc.array(match, { maxLength: 2 }) })
  .map(({ unknown: rest, matches }): RouteRule => ({ ...rest, matches, backendRefs: [backend('ratings', 3)] }));

const rules = fc
  .tuple(fc.array(fc.oneof(restRule, otherRule), { maxLength: 3 }), restRule, fc.nat(3), fc.boolean())
  .map(([others, rule, at, withNames]) =>
    others.toSpliced(Math.min(at, others.length), 0, rule).map((one, index) => ({
      ...named(withNames ? `rule-${index}` : undefined),
      ...one,
    })),
  );

const value = fc.constantFrom('shop-1', 'shop-2');
const affinity = (phase: AffinityIntent['phase']) => value.map((one): AffinityIntent => ({ phase, value: one }));
const intent: fc.Arbitrary<RouteIntent> = fc.oneof(
  fc.integer({ min: 1, max: 100 }).map(mirrored),
  fc.integer({ min: 0, max: 100 }).map(weighted),
  fc
    .tuple(fc.integer({ min: 1, max: 100 }).map(weighted), affinity('keep'))
    .map(([one, kept]) => withAffinity(one, kept)),
  affinity('expire').map((expired) => withAffinity(AT_REST, expired)),
  fc.constant(AT_REST),
);

const managedRules = (object: GatewayRoute) => gatewayRules.managed({ object, plan, route: HTTP_ROUTE });
const change = (object: GatewayRoute, wanted: RouteIntent, found: RouteFound) =>
  gatewayApiRouter.change({ object, plan, route: HTTP_ROUTE }, { intent: wanted, found });

/** Everything of the route that is not ours. */
function foreignPart(object: GatewayRoute): unknown {
  const kept = (object.spec?.rules ?? []).filter(({ name }) => !name?.startsWith('sluice-affinity-shop'));
  const managed = new Set(managedRules(object).map(({ rule }) => rule));
  const part = kept.map((rule) => {
    if (!managed.has(rule)) return rule;
    const backendRefs = rule.backendRefs
      ?.filter(({ name }) => name !== 'shop-v2')
      .map(({ weight, ...ref }) => (ref.name === 'shop-v1' ? ref : { ...ref, weight }));
    const others = rule.filters?.filter((filter) => !isMirrorTo(filter, pair.canary, pair.namespace)) ?? [];
    return { ...rule, backendRefs, filters: others };
  });
  return { ...object, spec: { ...object.spec, rules: part } };
}

it('any cycle of intents changes nothing of others and ends as it began', () => {
  fc.assert(
    fc.property(rules, fc.array(intent, { maxLength: 6 }), (list, intents) => {
      const start = gatewayRoute(list);
      const managed = managedRules(start);
      const found = { rules: managed.map(({ rule, index }) => foundRule(rule, index, pair)) };
      let object = structuredClone(start);
      for (const wanted of [...intents, AT_REST]) {
        const operations = change(object, wanted, found);
        object = applyPatch(object, operations ?? []);
        expect(lookAt({ object, plan, route: HTTP_ROUTE }, wanted).intent).toEqual(wanted);
        expect(foreignPart(object)).toEqual(foreignPart(start));
        const now = managedRules(object);
        expect(now).toHaveLength(managed.length);
        for (const { rule } of now) {
          const weights = (rule.backendRefs ?? []).map(({ weight }) => weight);
          if (sameIntent(wanted, AT_REST)) continue;
          expect(weights.reduce<number>((sum, weight) => sum + (weight ?? Number.NaN), 0)).toBe(100);
        }
        expect(change(object, wanted, found)).toEqual([]);
      }
      expect(object).toEqual(start);
    }),
    { numRuns: 200 },
  );
});

it('a canary that was listed keeps its filters, its own header changes among them', () => {
  const theirs = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { add: [{ name: 'x-a', value: '1' }] } }];
  const start = gatewayRoute([{ backendRefs: [backend('shop-v1', 100), backend('shop-v2', 0, { filters: theirs })] }]);
  const found = { rules: [foundRule((start.spec?.rules ?? [])[0] as RouteRule, 0, pair)] };
  const kept = withAffinity(weighted(20), { phase: 'keep', value: 'shop-1' });
  const on = applyPatch(start, change(start, kept, found) ?? []);
  const cookie = { name: 'Set-Cookie', value: 'shop-version=shop-1; Max-Age=600; Path=/; Secure; HttpOnly' };
  expect(on.spec?.rules?.[1]?.backendRefs?.[1]).toEqual({
    ...backend('shop-v2', 20),
    filters: [
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { add: [{ name: 'x-a', value: '1' }, cookie] } },
    ],
  });
  const off = applyPatch(on, change(on, AT_REST, found) ?? []);
  expect(off).toEqual(start);
});
