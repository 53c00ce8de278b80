import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { MirrorSpec } from '../../../src/contract/mirror.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import type { MirrorRouter } from '../../../src/routers/contract.ts';
import { gatewayMirror } from '../../../src/routers/gateway-api/mirror.ts';
import { istioMirror } from '../../../src/routers/istio/mirror.ts';
import { applyPatch } from '../../support/fakes/json-patch.ts';

const foreign = fc.dictionary(
  fc.constantFrom('timeout', 'retries', 'fault', 'corsPolicy', 'timeouts', 'x-unknown'),
  fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
);

const istioMatch = fc.record(
  {
    uri: fc.constantFrom({ prefix: '/' }, { prefix: '/api' }, { exact: '/api/items' }),
    method: fc.constantFrom({ exact: 'GET' }, { exact: 'POST' }),
    headers: fc.constantFrom({ 'x-group': { exact: 'beta' } }, { Cookie: { regex: '.*beta.*' } }),
    gateways: fc.constantFrom(['mesh'], ['gateway']),
  },
  { requiredKeys: [] },
);

const istioRule = fc
  .record(
    {
      foreign,
      name: fc.constantFrom('main', 'beta'),
      match: fc.array(istioMatch, { minLength: 1, maxLength: 3 }),
      rewrite: fc.constantFrom({ authority: 'reviews' }, { uri: '/v2' }),
      idle: fc.constantFrom(
        { mirror: { host: 'reviews', subset: 'v1' }, mirrorPercentage: { value: 0 } },
        { mirror: { host: 'ratings' } },
      ),
      to: fc.constantFrom('v2', 'v1', 'both', 'zero', 'ratings'),
    },
    { requiredKeys: ['foreign', 'to'] },
  )
  .map(({ foreign: rest, to, idle, ...known }) => {
    const at = (subset: string, weight?: number) => ({
      destination: { host: 'reviews', subset, port: { number: 9080 } },
      ...(weight === undefined ? {} : { weight }),
    });
    const route = {
      v2: [at('v2')],
      v1: [at('v1', 100)],
      both: [at('v1', 0), at('v2', 100)],
      zero: [at('v1', 100), at('v2', 0)],
      ratings: [{ destination: { host: 'ratings' } }],
    }[to];
    return JSON.parse(JSON.stringify({ ...rest, ...known, ...idle, route })) as object;
  });

const gatewayMatch = fc.record(
  {
    path: fc.constantFrom(
      { type: 'PathPrefix', value: '/' },
      { type: 'PathPrefix', value: '/api' },
      { type: 'Exact', value: '/api/items' },
    ),
    method: fc.constantFrom('GET', 'POST'),
    headers: fc.constantFrom(
      [{ type: 'Exact', name: 'x-group', value: 'beta' }],
      [{ type: 'RegularExpression', name: 'cookie', value: '.*beta.*' }],
    ),
  },
  { requiredKeys: ['path'] },
);

const gatewayRule = fc
  .record(
    {
      foreign,
      matches: fc.array(gatewayMatch, { minLength: 1, maxLength: 3 }),
      filters: fc.constantFrom(
        [],
        [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-from', value: 'route' }] } }],
        [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2' } } }],
        [
          {
            type: 'RequestMirror',
            requestMirror: { backendRef: { group: '', kind: 'Service', name: 'audit', port: 80 } },
          },
        ],
      ),
      to: fc.constantFrom('v2', 'v1', 'both', 'zero'),
    },
    { requiredKeys: ['foreign', 'to', 'matches'] },
  )
  .map(({ foreign: rest, to, ...known }) => {
    const at = (version: string, weight = 1) => ({
      group: '',
      kind: 'Service',
      name: `reviews-${version}`,
      port: 9080,
      weight,
    });
    const backendRefs = {
      v2: [at('v2')],
      v1: [at('v1')],
      both: [at('v1', 0), at('v2', 100)],
      zero: [at('v1'), at('v2', 0)],
    }[to];
    return JSON.parse(JSON.stringify({ ...rest, ...known, backendRefs })) as object;
  });

const wanted = fc.record(
  {
    percent: fc.integer({ min: 1, max: 100 }),
    unsafeMethods: fc.boolean(),
    match: fc.record(
      {
        pathPrefix: fc.constantFrom('/api', '/'),
        headers: fc.constantFrom({ 'X-Group': 'beta' }, { 'x-other': '1' }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['percent', 'unsafeMethods'] },
);

function specFor(kind: string, given: Partial<MirrorSpec>): MirrorSpec {
  const gateway = kind !== 'VirtualService';
  const at = (version: string) =>
    gateway ? { host: `reviews-${version}`, port: 9080 } : { host: 'reviews', subset: version };
  return {
    name: 'watch',
    namespace: 'demo',
    cluster: 'local',
    route: { kind, name: 'reviews', namespace: 'demo' },
    from: at('v2'),
    to: at('v1'),
    percent: 100,
    unsafeMethods: false,
    prometheus: 'http://127.0.0.1:9090',
    ...given,
  };
}

const FAMILIES: [string, MirrorRouter, fc.Arbitrary<object>, string][] = [
  ['VirtualService', istioMirror, istioRule, 'http'],
  ['HTTPRoute', gatewayMirror, gatewayRule, 'rules'],
];

it.each(FAMILIES)(
  'a mirror on a generated %s changes nothing of others and leaves nothing',
  (kind, router, rule, list) => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 4 }), wanted, (rules, given) => {
        const spec = specFor(kind, given as Partial<MirrorSpec>);
        const start = {
          metadata: { name: 'reviews', namespace: 'demo' },
          spec: { hosts: ['reviews'], [list]: rules },
        } as KubeObject;
        const { problems, shape } = router.examine(start, spec);
        if (problems.length > 0) return;
        accepted += 1;
        const form = { spec, shape };
        expect(router.isOn(start, form)).toBe(false);
        const mirrored = applyPatch(start, router.on(start, form) ?? []);
        expect(router.isOn(mirrored, form)).toBe(true);
        expect(router.on(mirrored, form)).toEqual([]);
        const own = (mirrored.spec as Record<string, { name?: string }[]>)[list] ?? [];
        const others = own.filter(({ name }) => !name?.startsWith('sluice-mirror-'));
        if (shape === 'rules') expect(others).toEqual(rules);
        else expect(own.length).toBe(rules.length);
        expect(applyPatch(mirrored, router.off(mirrored, form))).toEqual(start);
        expect(router.off(start, form)).toEqual([]);
      }),
      { numRuns: 600 },
    );
    expect(accepted).toBeGreaterThan(100);
  },
);
