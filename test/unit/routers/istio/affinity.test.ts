import { describe, expect, it } from 'vitest';
import {
  type AffinityIntent,
  AT_REST,
  mirrored,
  type RouteIntent,
  weighted,
  withAffinity,
} from '../../../../src/contract/intent.ts';
import type { Plan } from '../../../../src/contract/plan.ts';
import type { WantedIntent } from '../../../../src/routers/contract.ts';
import { foundRules } from '../../../../src/routers/inspect.ts';
import { istioRouter } from '../../../../src/routers/istio/index.ts';
import type { HttpRule, VirtualService } from '../../../../src/routers/istio/objects.ts';
import { lookAt } from '../../../../src/routers/look.ts';
import { applyPatch } from '../../../support/fakes/json-patch.ts';
import { AFFINITY, planFor, to, virtualService } from '../../../support/routes.ts';

const ROUTE = { kind: 'VirtualService', name: 'reviews', namespace: 'demo' } as const;
const KEEP: AffinityIntent = { phase: 'keep', value: 'reviews-7' };
const EXPIRE: AffinityIntent = { phase: 'expire', value: 'reviews-7' };
const PATTERN = { regex: '(?:.*;\\s*)?reviews-cookie=reviews-7(?:;.*)?' };
const SET = {
  headers: { response: { add: { 'Set-Cookie': 'reviews-cookie=reviews-7; Max-Age=21600; Path=/; HttpOnly' } } },
};
const UNSET = {
  headers: { response: { add: { 'Set-Cookie': 'reviews-cookie=reviews-7; Max-Age=-1; Path=/; HttpOnly' } } },
};

const sticky = (change: (plan: Plan) => void = () => {}) =>
  planFor((plan) => {
    plan.affinity = AFFINITY;
    change(plan);
  });
const kept = (weight: number) => withAffinity(weighted(weight), KEEP);
const expiring = withAffinity(AT_REST, EXPIRE);

const change = (object: VirtualService, plan: Plan, wanted: WantedIntent) =>
  istioRouter.change({ object, plan, route: ROUTE }, wanted);

/** The rules after each of the intents in turn. */
function after(start: HttpRule[], intents: RouteIntent[], plan = sticky()): HttpRule[] {
  const first = virtualService(start);
  const found = { rules: foundRules({ object: first, plan, route: ROUTE }) };
  const end = intents.reduce<VirtualService>(
    (object, intent) => applyPatch(object, change(object, plan, { intent, found }) ?? []),
    first,
  );
  return end.spec?.http ?? [];
}

const looked = (http: HttpRule[], wanted: RouteIntent, plan = sticky()) =>
  lookAt({ object: virtualService(http), plan, route: ROUTE }, wanted);

describe('the rules of affinity', () => {
  const single: HttpRule = { route: [to('v1')] };

  it('keeps who shows the cookie, and gives it to whoever meets the canary', () => {
    expect(after([single], [kept(20)])).toEqual([
      {
        name: 'sluice-affinity-reviews',
        match: [{ headers: { cookie: PATTERN } }],
        route: [to('v1', 0), to('v2', 100)],
      },
      { route: [to('v1', 80), { ...to('v2', 20), ...SET }] },
    ]);
  });

  it('lets the cookie expire on the primary', () => {
    expect(after([single], [kept(100), expiring])).toEqual([
      {
        name: 'sluice-affinity-reviews',
        match: [{ headers: { cookie: PATTERN } }],
        route: [{ ...to('v1'), ...UNSET }],
      },
      single,
    ]);
  });

  it('goes without a trace', () => {
    expect(after([single], [kept(20), kept(40), expiring, AT_REST])).toEqual([single]);
    expect(after([single], [kept(20), AT_REST])).toEqual([single]);
    expect(after([single], [kept(20), mirrored(100)])).toHaveLength(1);
  });

  it('is the managed rule in everything else, for each of its matches', () => {
    const rule: HttpRule = {
      name: 'main',
      match: [{ uri: { prefix: '/api' }, headers: { 'x-a': { exact: '1' } } }, { method: { exact: 'GET' } }],
      timeout: '3s',
      retries: { attempts: 2 },
      rewrite: { uri: '/v2' },
      headers: { response: { add: { 'Set-Cookie': 'theirs=1' } } },
      mirror: { host: 'reviews', subset: 'v2' },
      mirrorPercentage: { value: 0 },
      route: [to('v1', 100), to('v3', 0)],
    };
    const { name, mirror, mirrorPercentage, ...same } = rule;
    expect(after([rule], [kept(40)])[0]).toEqual({
      ...same,
      name: 'sluice-affinity-reviews',
      match: [
        { uri: { prefix: '/api' }, headers: { 'x-a': { exact: '1' }, cookie: PATTERN } },
        { method: { exact: 'GET' }, headers: { cookie: PATTERN } },
      ],
      route: [to('v1', 0), to('v3', 0), to('v2', 100)],
    });
  });

  it('stands directly before each managed rule, one for each', () => {
    const other: HttpRule = { name: 'static', route: [{ destination: { host: 'static' } }] };
    const named = after([other, single, other, { name: 'b', ...single }], [kept(20)]).map(({ name }) => name);
    expect(named).toEqual([
      'static',
      'sluice-affinity-reviews-1',
      undefined,
      'static',
      'sluice-affinity-reviews-2',
      'b',
    ]);
  });

  it('comes back to its place, and takes away what an earlier rollout left', () => {
    const [own, managed] = after([single], [kept(20)]) as [HttpRule, HttpRule];
    const other: HttpRule = { name: 'static', route: [{ destination: { host: 'static' } }] };
    expect(after([own, other, managed], [kept(40)]).map(({ name }) => name)).toEqual([
      'static',
      'sluice-affinity-reviews',
      undefined,
    ]);
    const old = JSON.parse(JSON.stringify([own, managed]).replaceAll('reviews-7', 'reviews-6'));
    expect(after(old, [kept(20)])).toEqual([own, managed]);
    const without = planFor();
    expect(after(old, [AT_REST], without)).toHaveLength(1);
    expect(JSON.stringify(after(old, [AT_REST], without))).not.toContain('Set-Cookie');
  });

  it("leaves other plans' rules and other people's cookies alone", () => {
    const theirs: HttpRule = { name: 'sluice-affinity-reviews-api', route: [to('v1')] };
    const cookie = { headers: { response: { add: { 'Set-Cookie': 'session=reviews-7; Max-Age=60' } } } };
    const rule: HttpRule = { route: [to('v1', 100), { ...to('v2', 0), ...cookie }] };
    expect(after([theirs, rule], [mirrored(10), AT_REST])).toEqual([theirs, rule]);
  });

  it('touches nothing but our own fields when the weight changes', () => {
    const plan = sticky();
    const start = virtualService([single]);
    const found = { rules: foundRules({ object: start, plan, route: ROUTE }) };
    const first = change(start, plan, { intent: kept(20), found }) ?? [];
    expect(first.map(({ op, path }) => `${op} ${path}`)).toEqual(['replace /spec/http/0/route', 'add /spec/http/0']);
    const then = change(applyPatch(start, first), plan, { intent: kept(40), found }) ?? [];
    expect(then.map(({ op, path }) => `${op} ${path}`)).toEqual(['replace /spec/http/1/route']);
  });

  it('refuses an intent that the plan has no cookie for', () => {
    expect(() => after([single], [kept(20)], planFor())).toThrow(/plan demo\/reviews has no affinity/);
  });
});

describe('looking at it', () => {
  const rules = () => after([{ route: [to('v1')] }], [kept(20)]) as [HttpRule, HttpRule];

  it('reads the phase and the rollout back', () => {
    expect(looked(rules(), kept(20))).toEqual({
      intent: kept(20),
      words: 'spec.http[1] has primary 80 %, canary 20 %, who met it stays',
    });
    expect(looked(after([{ route: [to('v1')] }], [expiring]), AT_REST)).toEqual({
      intent: expiring,
      words: 'spec.http[1] has primary 100 %, canary 0 %, its cookie expires',
    });
  });

  it('is not misled by a rule that people put between', () => {
    const [own, managed] = rules();
    const other: HttpRule = { name: 'static', route: [{ destination: { host: 'static' } }] };
    expect(looked([own, other, managed], kept(20)).intent).toEqual(kept(20));
  });

  it.each<[string, (own: HttpRule, managed: HttpRule) => HttpRule[], string]>([
    ['our rule removed', (_, managed) => [managed], 'sets the cookie, but no rule recognises it'],
    [
      'users with the cookie split',
      (own, managed) => [{ ...own, route: [to('v1', 50), to('v2', 50)] }, managed],
      'a rule sluice-affinity-reviews that splits the users who show the cookie',
    ],
    [
      'a match added that needs no cookie',
      (own, managed) => [{ ...own, match: [...(own.match as object[]), { uri: { exact: '/' } }] }, managed],
      'a rule sluice-affinity-reviews that matches something else',
    ],
    ['our rule without a match', ({ match, ...own }, managed) => [own, managed], 'that matches something else'],
    [
      'another age of the cookie',
      (own, managed) => [own, JSON.parse(JSON.stringify(managed).replace('21600', '60'))],
      'another Set-Cookie on its destinations',
    ],
    [
      'the cookie given by the primary too',
      (own, managed) => [own, { ...managed, route: [{ ...to('v1', 80), ...SET }, managed.route?.[1] ?? {}] }],
      'another Set-Cookie on its destinations',
    ],
    [
      'a mirror on our rule',
      (own, managed) => [{ ...own, mirror: { host: 'reviews', subset: 'v2' } }, managed],
      'a mirror on the rule sluice-affinity-reviews',
    ],
    ['our rule twice', (own, managed) => [own, own, managed], 'several rules named sluice-affinity-reviews'],
    ['our rule at the end', (own, managed) => [own, managed, own], 'several rules named sluice-affinity-reviews'],
  ])('sees %s', (_, edit, words) => {
    const look = looked(edit(...rules()), kept(20));
    expect(look.intent).toBeUndefined();
    expect(look.words).toContain(words);
  });
});

describe('preflight', () => {
  const problemsOf = (rule: HttpRule, plan = sticky()) =>
    istioRouter
      .problems({ object: virtualService([rule]), plan, route: ROUTE })
      .map(({ where, problem }) => `${where}: ${problem}`);
  const at = 'VirtualService demo/reviews spec.http[0]';

  it.each<[string, HttpRule, string]>([
    [
      'a condition on the cookie',
      { match: [{ uri: { prefix: '/' } }, { headers: { Cookie: { exact: 'a=b' } } }], route: [to('v1')] },
      `${at}.match[1]: has a condition on the cookie header already, and a rule can have one only`,
    ],
    [
      'a condition on its absence',
      { match: [{ withoutHeaders: { cookie: {} } }], route: [to('v1')] },
      `${at}.match[0]: has a condition on the cookie header already, and a rule can have one only`,
    ],
    [
      'a Set-Cookie of the primary',
      { route: [{ ...to('v1'), headers: { response: { add: { 'set-cookie': 'a=b' } } } }] },
      `${at}: sets a Set-Cookie header on the answers of the primary already`,
    ],
    [
      'a Set-Cookie of the canary',
      { route: [to('v1', 100), { ...to('v2', 0), headers: { response: { set: { 'Set-Cookie': 'a=b' } } } }] },
      `${at}: sets a Set-Cookie header on the answers of the canary already`,
    ],
    [
      'a Set-Cookie taken away',
      { route: [to('v1')], headers: { response: { remove: ['set-cookie'] } } },
      `${at}: replaces or removes the Set-Cookie header of every answer, the affinity's too`,
    ],
    [
      'a redirect',
      { route: [to('v1')], redirect: { uri: '/new' } },
      `${at}: has a redirect, so no destination could keep users by the cookie`,
    ],
  ])('refuses %s', (_, rule, problem) => {
    expect(problemsOf(rule)).toEqual([problem]);
    expect(problemsOf(rule, planFor())).toEqual([]);
  });

  it('has nothing against what an earlier rollout left', () => {
    const left = after([{ route: [to('v1', 100), to('v2', 0)] }], [expiring]);
    expect(istioRouter.problems({ object: virtualService(left), plan: sticky(), route: ROUTE })).toEqual([]);
  });
});
