import { describe, expect, it } from 'vitest';
import { AT_REST, type RouteIntent, sameIntent, weighted, withMatch } from '../../../../src/contract/intent.ts';
import type { MatchCondition, Plan } from '../../../../src/contract/plan.ts';
import { foundRules } from '../../../../src/routers/inspect.ts';
import { istioRouter } from '../../../../src/routers/istio/index.ts';
import type { HttpRule, VirtualService } from '../../../../src/routers/istio/objects.ts';
import { lookAt } from '../../../../src/routers/look.ts';
import { applyPatch } from '../../../support/fakes/json-patch.ts';
import { planFor, to, virtualService } from '../../../support/routes.ts';

const ROUTE = { kind: 'VirtualService', name: 'reviews', namespace: 'demo' } as const;
const HEADER: MatchCondition = { header: { 'x-tester': 'yes', 'user-agent': { regex: '.*Firefox.*' } } };
const COOKIE: MatchCondition = { cookie: { tester: '1' } };
const HEADERS = { 'x-tester': { exact: 'yes' }, 'user-agent': { regex: '.*Firefox.*' } };
const PATTERN = { regex: '(?:.*;\\s*)?tester=1(?:;.*)?' };

const plan = planFor((one: Plan) => {
  one.match = [HEADER, COOKIE].map((match) => ({ match, everyMs: 1, iterations: 1 }));
});
const testers = withMatch(AT_REST, [HEADER]);
const both = withMatch(AT_REST, [HEADER, COOKIE]);

function after(start: HttpRule[], ...intents: RouteIntent[]): HttpRule[] {
  const first = virtualService(start);
  const found = { rules: foundRules({ object: first, plan, route: ROUTE }) };
  const end = intents.reduce<VirtualService>(
    (object, intent) => applyPatch(object, istioRouter.change({ object, plan, route: ROUTE }, { intent, found }) ?? []),
    first,
  );
  return end.spec?.http ?? [];
}

const looked = (http: HttpRule[], wanted: RouteIntent) =>
  lookAt({ object: virtualService(http), plan, route: ROUTE }, wanted);
const problems = (http: HttpRule[], spec = {}) =>
  istioRouter.problems({ object: virtualService(http, spec), plan, route: ROUTE }).map(({ problem }) => problem);

describe('users who match', () => {
  const single: HttpRule = { timeout: '3s', route: [to('v1')] };

  it('have a rule before the managed one, the same but for them, to the canary alone', () => {
    expect(after([single], testers)).toEqual([
      { name: 'sluice-match-reviews', match: [{ headers: HEADERS }], timeout: '3s', route: [to('v2', 100)] },
      single,
    ]);
  });

  it('have it for every alternative and every condition, with what the rule asks already', () => {
    const rule: HttpRule = {
      match: [{ uri: { prefix: '/a' } }, { headers: { h: { exact: '1' } } }],
      route: [to('v1')],
    };
    expect(after([rule], both)[0]?.match).toEqual([
      { uri: { prefix: '/a' }, headers: HEADERS },
      { headers: { h: { exact: '1' }, ...HEADERS } },
      { uri: { prefix: '/a' }, headers: { cookie: PATTERN } },
      { headers: { h: { exact: '1' }, cookie: PATTERN } },
    ]);
  });

  it('stay at every weight, and go with one write, to the letter', () => {
    const others: HttpRule[] = [{ match: [{ uri: { prefix: '/x' } }], route: [to('v9')] }, single];
    const wide = withMatch(weighted(20), [HEADER, COOKIE]);
    const at20 = after(others, testers, both, wide);
    expect(at20.map(({ name }) => name)).toEqual([undefined, 'sluice-match-reviews', undefined]);
    expect(at20[2]?.route).toEqual([to('v1', 80), to('v2', 20)]);
    for (const intents of [[testers], [both], [testers, both, wide], [wide, weighted(100)]])
      expect(after(others, ...intents, AT_REST)).toEqual(others);
  });

  it('are read back, one managed rule or several', () => {
    const two: HttpRule[] = [
      { name: 'a', match: [{ uri: { prefix: '/a' } }], route: [to('v1')] },
      { name: 'b', route: [to('v1'), to('v9', 0)] },
    ];
    for (const start of [[single], two])
      for (const intent of [testers, both, withMatch(weighted(40), [HEADER, COOKIE]), AT_REST]) {
        const seen = looked(after(start, intent), intent).intent;
        expect(seen && sameIntent(seen, intent), JSON.stringify([seen, intent])).toBe(true);
      }
    expect(after(two, testers).map(({ name }) => name)).toEqual([
      'sluice-match-reviews-1',
      'a',
      'sluice-match-reviews-2',
      'b',
    ]);
  });

  it.each<[string, (http: HttpRule[]) => HttpRule[]]>([
    ['the rule is gone on one of two', (http) => http.filter(({ name }) => name !== 'sluice-match-reviews-2')],
    ['the rule stands behind', ([own, ...rest]) => [...rest, own as HttpRule]],
    ['it takes somebody else', (http) => http.map((one) => (one.name?.endsWith('-1') ? { ...one, match: [{}] } : one))],
    [
      'it leads to the primary',
      (http) => http.map((one) => (one.name?.endsWith('-1') ? { ...one, route: [to('v1')] } : one)),
    ],
  ])('and other content is no intent: %s', (_, edit) => {
    const two: HttpRule[] = [
      { name: 'a', match: [{ uri: { prefix: '/a' } }], route: [to('v1')] },
      { name: 'b', route: [to('v1')] },
    ];
    const changed = edit(after(two, testers));
    expect(looked(changed, testers).intent).toBeUndefined();
    // whatever is there, one write brings it back
    expect(after(changed, AT_REST)).toEqual(two);
  });

  it('cannot be told apart by a header that a rule asks for already, nor on connections', () => {
    expect(problems([single])).toEqual([]);
    expect(problems([{ match: [{ headers: { 'X-Tester': { exact: 'no' } } }], route: [to('v1')] }])).toEqual([
      'has a condition on the header x-tester already',
    ]);
    expect(problems([{ match: [{ withoutHeaders: { cookie: {} } }], route: [to('v1')] }])).toEqual([
      'has a condition on the header cookie already',
    ]);
    expect(problems([{ ...single, redirect: { uri: '/' } }])).toEqual([
      'has a redirect, so no destination could have users of its own',
    ]);
    expect(problems([], { tcp: [{ route: [to('v1')] }] })).toEqual([
      'is a tcp rule: it can split connections by weight, but not tell users apart',
    ]);
  });
});
