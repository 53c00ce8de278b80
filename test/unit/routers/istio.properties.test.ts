import { deepStrictEqual, equal, match, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AT_REST, mirrored, type RouteIntent, weighted, withAffinity } from '../../../src/contract/intent.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { foundRules } from '../../../src/routers/inspect.ts';
import { istioRouter } from '../../../src/routers/istio/index.ts';
import {
  type HttpRule,
  isDestination,
  pairOf,
  type VirtualService,
  type WeightedDestination,
} from '../../../src/routers/istio/objects.ts';
import { MIRROR_FIELDS, mirrorsOf, readRule } from '../../../src/routers/istio/rule.ts';
import { istioRules } from '../../../src/routers/istio/rules.ts';
import { lookAt } from '../../../src/routers/look.ts';
import { isMadeFor } from '../../../src/routers/shared/own-rules.ts';
import { applyPatch } from '../../support/fakes/json-patch.ts';
import { AFFINITY, planFor } from '../../support/routes.ts';

const RUNS = { numRuns: 150 };
const ROUTE = { kind: 'VirtualService', name: 'reviews', namespace: 'demo' } as const;
const CANARY = { host: 'reviews', subset: 'v2' };
const AUDIT = { host: 'audit' };

const host = fc.constantFrom('reviews', 'reviews.demo.svc.cluster.local');
const foreign = fc.dictionary(
  fc.constantFrom('retries', 'timeout', 'headers', 'fault', 'x-unknown', 'corsPolicy', 'rewrite'),
  fc.jsonValue({ maxDepth: 1 }),
);
const matches = fc.constantFrom<object>(
  {},
  { match: [] },
  { match: [{ uri: { prefix: '/api' } }] },
  { match: [{ headers: { 'x-group': { exact: 'beta' } }, name: 'beta' }, { method: { regex: 'GET|HEAD' } }] },
);
/** Switched off in every spelling, of others, or left over from somebody's try: those to the canary do not come back. */
const mirror = fc.constantFrom<object>(
  {},
  { mirror: CANARY, mirrorPercentage: { value: 0 } },
  { mirror: CANARY, mirrorPercent: 0 },
  { mirror: CANARY, mirrorPercentage: {} },
  { mirrors: [{ destination: CANARY, percentage: { value: 0 } }] },
  { mirror: CANARY, mirror_percent: 30 },
  { mirror: CANARY, mirrorPercentage: { value: 12.5 } },
  { mirrors: [{ destination: CANARY, percentage: { value: 0.5 } }, { destination: CANARY }] },
  { mirror: AUDIT },
  { mirror: AUDIT, mirrorPercentage: { value: 3 } },
  { mirrors: [{ destination: CANARY, percentage: {} }, { destination: AUDIT }] },
  {
    mirrors: [
      { destination: CANARY, percentage: { value: 5 } },
      { destination: AUDIT, percentage: { value: 2 } },
    ],
  },
);
const headers = fc.constantFrom<object>(
  {},
  { headers: {} },
  { headers: { response: {} } },
  { headers: { response: { add: {} } } },
  { headers: { response: { add: { 'x-served-by': 'reviews' }, remove: ['server'] } } },
  { headers: { request: { set: { 'x-from': 'route' } } } },
);
/** Objects of an API server share nothing; generated constants would. */
const unshared = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** The destinations at rest, in any of the forms that people write. */
const destinations = fc
  .record({
    host,
    port: fc.constantFrom({}, { port: { number: 9080 } }),
    shape: fc.constantFrom('single', 'one', 'weighted', 'both', 'bothImplicit', 'three', 'share'),
    reverse: fc.boolean(),
    primaryHeaders: headers,
    canaryHeaders: headers,
  })
  .map(({ host: name, port, shape, reverse, primaryHeaders, canaryHeaders }) => {
    const primary: WeightedDestination = { ...primaryHeaders, destination: { host: name, subset: 'v1', ...port } };
    const canary: WeightedDestination = { ...canaryHeaders, destination: { host: name, subset: 'v2', ...port } };
    const third = { destination: { host: 'ratings' }, weight: 0 };
    const whole = { ...primary, weight: 100 };
    const nothing = { ...canary, weight: 0 };
    const shapes: Record<string, WeightedDestination[]> = {
      single: [primary],
      one: [{ ...primary, weight: 1 }],
      share: [
        { ...primary, weight: 70 },
        { ...third, weight: 30 },
      ],
      weighted: [whole],
      both: [whole, nothing],
      bothImplicit: [whole, canary],
      three: [whole, third, nothing],
    };
    const route = shapes[shape] ?? [];
    return reverse ? route.toReversed() : route;
  });

const httpRule: fc.Arbitrary<HttpRule> = fc
  .record({ foreign, match: matches, mirror, route: destinations, name: fc.constantFrom({}, { name: 'main' }) })
  .map(({ foreign: rest, match: when, mirror: copies, route, name }) => ({
    ...rest,
    ...when,
    ...copies,
    ...name,
    route,
  }));
const otherRule: fc.Arbitrary<HttpRule> = fc
  .record({ foreign, match: matches, name: fc.constantFrom({}, { name: 'other' }) })
  .map(({ foreign: rest, match: when, name }) => ({
    ...rest,
    ...when,
    ...name,
    route: [{ destination: { host: 'ratings' } }],
  }));
const connectionRule: fc.Arbitrary<HttpRule> = fc
  .record({ route: destinations, foreign, match: fc.constantFrom<object>({}, { match: [{ port: 9080 }] }) })
  .map(({ route, foreign: rest, match: when }) => ({ ...rest, ...when, route }));

const annotations = fc.dictionary(fc.constantFrom('team', 'note', 'kubectl.kubernetes.io/x'), fc.string());
const object = (http: fc.Arbitrary<HttpRule>, connection: fc.Arbitrary<HttpRule>): fc.Arbitrary<VirtualService> =>
  fc
    .record({
      http: fc.tuple(fc.array(otherRule, { maxLength: 2 }), fc.array(http, { minLength: 1, maxLength: 3 })),
      tail: fc.array(otherRule, { maxLength: 2 }),
      tcp: fc.array(connection, { maxLength: 2 }),
      tls: fc.array(connection, { maxLength: 2 }),
      more: foreign,
      annotations,
    })
    .map(unshared)
    .map(({ http: [first, managed], tail, tcp, tls, more, annotations: notes }) => ({
      metadata: { name: 'reviews', namespace: 'demo', annotations: notes },
      // others between the managed ones too
      spec: { ...more, http: [...first, ...managed.flatMap((rule) => [rule, ...unshared(tail)])], tcp, tls },
    }));

/** Our rules as a whole, our fields of others. */
const OWNED = new RegExp(
  `^(add|remove|replace) /spec/(http/\\d+|(http|tcp|tls)/\\d+/(route|${MIRROR_FIELDS.join('|')}))$`,
);

const managedRules = (object: VirtualService, plan: Plan) =>
  istioRules.managed({ object, plan, route: plan.traffic.routes[0] ?? ROUTE });

const sum = (route: WeightedDestination[] = []) => route.reduce((all, { weight }) => all + (weight ?? 0), 0);

/** The object without anything of ours. */
function foreignPart(now: VirtualService, start: VirtualService, plan: Plan): unknown {
  const managed = managedRules(start, plan);
  const spec = structuredClone(now.spec ?? {});
  spec.http = (spec.http ?? []).filter((rule) => !isMadeFor('affinity', rule, plan.name));
  for (const { list, index, rule } of managed) {
    const rules = spec[list] as HttpRule[];
    const written = rules[index] as HttpRule;
    rules[index] = foreignRule(written, readRule(rule, pairOf(plan, ROUTE)).canary !== undefined);
  }
  return { metadata: now.metadata, spec };
}

function foreignRule(rule: HttpRule, hadCanary: boolean): HttpRule {
  const rest = Object.entries(rule).filter(([key]) => !MIRROR_FIELDS.some((field) => field === key));
  const is = (entry: WeightedDestination, subset: string) =>
    isDestination(entry.destination, { host: 'reviews', subset }, 'demo');
  const route = (rule.route ?? [])
    .filter((entry) => hadCanary || !is(entry, 'v2'))
    .map(({ weight, ...entry }) =>
      is(entry, 'v1') || is(entry, 'v2') ? withoutOurCookie(entry) : { ...entry, weight },
    );
  return { ...Object.fromEntries(rest), route, mirrors: mirrorsOfOthers(rule) };
}

const mirrorsOfOthers = (rule: HttpRule) => mirrorsOf(rule).filter(({ destination }) => destination?.host === 'audit');

/** Empty containers of headers count as nothing here; the end compares them exactly. */
function withoutOurCookie(entry: WeightedDestination): WeightedDestination {
  const text = JSON.stringify(entry, (key, value) => (key === 'Set-Cookie' ? undefined : value));
  const pruned = text.replaceAll('"add":{}', '').replaceAll('"response":{}', '').replaceAll('"headers":{}', '');
  return { text: pruned.replace(/[{}, ]/g, '') };
}

/** At rest, without mirrors that were left over. */
function expectedEnd(start: VirtualService, plan: Plan): VirtualService {
  const end = structuredClone(start);
  for (const { rule } of managedRules(end, plan)) {
    if (readRule(rule, pairOf(plan, ROUTE)).mirror === 0) continue;
    const mirrors = mirrorsOfOthers(rule);
    for (const field of MIRROR_FIELDS) delete rule[field];
    if (mirrors.length > 0) rule.mirrors = mirrors;
  }
  return end;
}

function cycle(start: VirtualService, plan: Plan, intents: RouteIntent[]): void {
  const [route = ROUTE] = plan.traffic.routes;
  const found = { rules: foundRules({ object: start, plan, route }) };
  const others = foreignPart(start, start, plan);
  let now = structuredClone(start);
  for (const wanted of intents) {
    const operations = istioRouter.change({ object: now, plan, route }, { intent: wanted, found }) ?? [];
    for (const { op, path } of operations) match(`${op} ${path}`, OWNED);
    now = applyPatch(now, operations);
    deepStrictEqual(lookAt({ object: now, plan, route }, wanted).intent, wanted);
    deepStrictEqual(istioRouter.change({ object: now, plan, route }, { intent: wanted, found }), []);
    deepStrictEqual(foreignPart(now, start, plan), others);
    const written = managedRules(now, plan);
    equal(written.length, found.rules.length);
    for (const { list, index, rule } of written) {
      const before = list === 'http' ? now.spec?.http?.[index - 1] : undefined;
      const own = before && isMadeFor('affinity', before, plan.name) ? [before] : [];
      equal(own.length, list === 'http' && wanted.affinity ? 1 : 0);
      for (const { route: entries = [] } of [rule, ...own]) assertWhole(entries, wanted.canary > 0);
    }
  }
  deepStrictEqual(now, expectedEnd(start, plan));
}

function assertWhole(entries: WeightedDestination[], written: boolean): void {
  equal(entries.length === 1 && !written ? 100 : sum(entries), 100);
  if (written) ok(entries.every(({ weight }) => Number.isInteger(weight)));
}

const KEEP = { phase: 'keep', value: 'reviews-7' } as const;
const EXPIRE = { phase: 'expire', value: 'reviews-7' } as const;
const steps = (weights: number[]): RouteIntent[] => weights.map(weighted);
const rules = fc.constantFrom<string[] | undefined>(undefined, ['main']);

it('a whole rollout over http rules changes nothing of others and ends as it began', () => {
  const connections = connectionRule.map((rule) => ({ ...rule, route: [{ destination: { host: 'ratings' } }] }));
  const seen = { named: 0, several: 0 };
  fc.assert(
    fc.property(object(httpRule, connections), rules, (start, names) => {
      const plan = planFor((p) => {
        p.affinity = AFFINITY;
        p.traffic.routes = [{ ...ROUTE, ...(names ? { rules: names } : {}) }];
      });
      const managed = managedRules(start, plan).length;
      fc.pre(managed > 0);
      if (names) seen.named += 1;
      if (managed > 1) seen.several += 1;
      const live = steps([20, 40, 60, 80, 100]).map((one) => withAffinity(one, KEEP));
      const ends = [withAffinity(AT_REST, EXPIRE), AT_REST];
      cycle(start, plan, [mirrored(100), mirrored(33), AT_REST, ...live, ...ends]);
      cycle(start, plan, [weighted(10), withAffinity(weighted(10), KEEP), mirrored(1), ...ends]);
    }),
    RUNS,
  );
  expect(seen.named).toBeGreaterThan(10);
  expect(seen.several).toBeGreaterThan(30);
});

it('weights over http, tcp and tls rules alike do the same', () => {
  const seen = { tcp: 0, tls: 0 };
  fc.assert(
    fc.property(
      object(httpRule, connectionRule),
      fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 4 }),
      (start, weights) => {
        const plan = planFor();
        for (const { list } of managedRules(start, plan)) if (list !== 'http') seen[list as 'tcp' | 'tls'] += 1;
        cycle(start, plan, [...steps(weights), AT_REST]);
      },
    ),
    RUNS,
  );
  expect(Math.min(seen.tcp, seen.tls)).toBeGreaterThan(30);
  expect(istioRules.family.lists).toEqual(['http', 'tcp', 'tls']);
});
