import { describe, expect, it } from 'vitest';
import type { MirrorSpec } from '../../../../src/contract/mirror.ts';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import { gatewayMirror } from '../../../../src/routers/gateway-api/mirror.ts';
import type { RouteMatch } from '../../../../src/routers/gateway-api/objects.ts';
import { applyPatch } from '../../../support/fakes/json-patch.ts';

const backend = (version: string) => ({ group: '', kind: 'Service', name: `shop-${version}`, port: 9080, weight: 1 });
const prefix = (value: string): RouteMatch => ({ path: { type: 'PathPrefix', value } });

function specFor(changes: Partial<MirrorSpec> = {}): MirrorSpec {
  return {
    name: 'watch',
    namespace: 'shop',
    cluster: 'local',
    route: { kind: 'HTTPRoute', name: 'shop', namespace: 'shop' },
    from: { host: 'shop-v2', port: 9080 },
    to: { host: 'shop-v1', port: 9080 },
    percent: 50,
    unsafeMethods: false,
    prometheus: 'http://127.0.0.1:9090',
    ...changes,
  };
}

function routeOf(rules: object[]): KubeObject {
  return { metadata: { name: 'shop', namespace: 'shop' }, spec: { rules } };
}

function mirrored(rules: object[], spec: MirrorSpec): Record<string, unknown>[] {
  const object = routeOf(rules);
  const { problems, shape } = gatewayMirror.examine(object, spec);
  expect(problems).toEqual([]);
  const operations = gatewayMirror.on(object, { spec, shape }) ?? [];
  return (applyPatch(object, operations).spec as { rules: Record<string, unknown>[] }).rules;
}

function refusedBecause(rules: object[], spec = specFor()): string {
  return gatewayMirror
    .examine(routeOf(rules), spec)
    .problems.map(({ problem }) => problem)
    .join('; ');
}

const FILTER = {
  type: 'RequestMirror',
  requestMirror: { backendRef: { group: '', kind: 'Service', name: 'shop-v1', port: 9080 }, percent: 50 },
};

describe('a mirror on an HTTPRoute', () => {
  it('is a filter of the rule itself when everything is copied', () => {
    const rule = { matches: [prefix('/')], backendRefs: [backend('v2')] };
    expect(mirrored([rule], specFor({ unsafeMethods: true }))).toEqual([{ ...rule, filters: [FILTER] }]);
  });

  it('is a rule before it with one match for each method otherwise', () => {
    const rule = { matches: [prefix('/')], backendRefs: [backend('v2')] };
    const spec = specFor({ match: { methods: ['GET', 'HEAD'], pathPrefix: '/api', headers: { 'x-group': 'beta' } } });
    const headers = [{ type: 'Exact', name: 'x-group', value: 'beta' }];
    const matches = ['GET', 'HEAD'].map((method) => ({ ...prefix('/api'), headers, method }));
    expect(mirrored([rule], spec)).toEqual([
      { ...rule, name: 'sluice-mirror-watch', matches, filters: [FILTER] },
      rule,
    ]);
  });

  it('is refused where the more specific match would take requests from another rule', () => {
    const rule = { matches: [prefix('/')], backendRefs: [backend('v2')] };
    const beta = {
      matches: [{ ...prefix('/'), headers: [{ name: 'x-group', value: 'beta' }] }],
      backendRefs: [backend('beta')],
    };
    expect(refusedBecause([rule, beta])).toContain('would take requests from spec.rules[1]');
    // a longer path outranks a method, and a rule that is mirrored itself stays ahead
    expect(refusedBecause([rule, { ...beta, matches: [prefix('/api')] }])).toBe('');
    expect(refusedBecause([rule, { ...beta, backendRefs: [backend('v2')] }])).toBe('');
    expect(refusedBecause([rule, { ...beta, matches: [{ ...beta.matches[0], method: 'POST' }] }])).toBe('');
  });

  it.each([
    [
      'already mirrors to shop-v1',
      [
        {
          backendRefs: [backend('v2')],
          filters: [{ type: 'RequestMirror', requestMirror: { backendRef: backend('v1') } }],
        },
      ],
    ],
    ['no rule that is meant routes users to shop-v2:9080', [{ backendRefs: [backend('v1')] }]],
    ['can meet the conditions', [{ matches: [{ ...prefix('/'), method: 'POST' }], backendRefs: [backend('v2')] }]],
  ])('is refused: %s', (words, rules) => {
    expect(refusedBecause(rules)).toContain(words);
  });

  it('is taken away again where the cluster drops the names of rules, and nothing of others with it', () => {
    const rule = { matches: [prefix('/')], backendRefs: [backend('v2')] };
    const spec = specFor();
    const [own, ...others] = mirrored([rule], spec);
    const { name: _, ...nameless } = own ?? {};
    const object = routeOf([nameless, ...others]);
    expect(gatewayMirror.isOn(object, { spec, shape: 'rules' })).toBe(false);
    expect(applyPatch(object, gatewayMirror.off(object, { spec, shape: 'rules' })).spec).toEqual({
      rules: [rule],
    });
    // without our claim such a rule is somebody's
    expect(refusedBecause([nameless, rule])).toContain('already mirrors to shop-v1');
  });

  it('of a GRPCRoute copies everything or nothing', () => {
    const route = { kind: 'GRPCRoute', name: 'shop', namespace: 'shop' } as const;
    const rules = [{ backendRefs: [backend('v2')] }];
    expect(refusedBecause(rules, specFor({ route }))).toContain('every gRPC call is a POST');
    expect(mirrored(rules, specFor({ route, unsafeMethods: true }))).toEqual([{ ...rules[0], filters: [FILTER] }]);
  });
});
