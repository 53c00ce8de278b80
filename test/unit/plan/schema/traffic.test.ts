import { describe, expect, it } from 'vitest';
import { planOf, problemsOf } from '../../../support/plan-text.ts';

const plan = (traffic: string, rest = '') => `
apiVersion: sluice.dev/v1alpha1
kind: RolloutPlan
metadata: { name: shop, namespace: demo }
spec:
  workload: { primary: shop-v1, canary: shop-v2, canaryLabels: { version: v2 } }
  traffic:
${traffic.replaceAll(/^/gm, '    ')}
  analysis:
    prometheus: http://prometheus:9090
    checks: [{ name: success, builtin: requestSuccessRate, min: 99 }]
${rest}`;

const HTTP_ROUTE = `routes: [{ kind: HTTPRoute, name: shop }]
primary: { service: shop-primary, port: 9080 }
canary: { service: shop-canary, namespace: other, port: 9080 }`;

describe('routes of the Gateway API', () => {
  it('name a Service and its port', () => {
    expect(planOf(plan(HTTP_ROUTE)).traffic).toMatchObject({
      routes: [{ kind: 'HTTPRoute', name: 'shop', namespace: 'demo' }],
      primary: { host: 'shop-primary', port: 9080 },
      canary: { host: 'shop-canary.other.svc', port: 9080 },
    });
  });

  it('may be of both kinds', () => {
    const both = HTTP_ROUTE.replace(']', ', { kind: GRPCRoute, name: shop }]');
    expect(planOf(plan(both)).traffic.routes.map(({ kind }) => kind)).toEqual(['HTTPRoute', 'GRPCRoute']);
  });
});

describe('affinity', () => {
  it('gets every default', () => {
    expect(planOf(plan(HTTP_ROUTE, '  affinity: { cookie: shop-canary }\n')).affinity).toEqual({
      cookie: 'shop-canary',
      maxAgeS: 21_600,
      cleanupAfterMs: 600_000,
      path: '/',
      secure: false,
      httpOnly: true,
    });
  });
});

type Wrong = [what: string, text: string, line: string, message: string, remedy: string];

const WRONG: Wrong[] = [
  [
    'a subset on an HTTPRoute',
    plan(HTTP_ROUTE.replace('service: shop-primary, port: 9080', 'host: shop, subset: v1')),
    '9:5 spec.traffic.primary',
    'HTTPRoute does not know host and subset',
    'write { service: reviews-primary, port: 9080 }',
  ],
  [
    'a Service without port',
    plan(HTTP_ROUTE.replace('shop-primary, port: 9080', 'shop-primary')),
    '9:5 spec.traffic.primary',
    'lacks port',
    'write { service: reviews-primary, port: 9080 }',
  ],
  [
    'a Service on a VirtualService',
    plan(HTTP_ROUTE.replace('HTTPRoute', 'VirtualService').replace(/^canary.*$/m, 'canary: { host: shop }')),
    '9:5 spec.traffic.primary',
    'VirtualService does not know service and port',
    'write { host: reviews, subset: v1 }',
  ],
  [
    'routes of both families',
    plan(HTTP_ROUTE.replace(']', ', { kind: VirtualService, name: shop }]')),
    '8:55 spec.traffic.routes[1].kind',
    'VirtualService and HTTPRoute name destinations differently',
    'keep the routes of Istio and those of the Gateway API in two plans',
  ],
  [
    'affinity on a GRPCRoute',
    plan(HTTP_ROUTE.replace('HTTPRoute', 'GRPCRoute'), '  affinity: { cookie: x }\n'),
    '8:22 spec.traffic.routes[0].kind',
    'a GRPCRoute cannot keep users by a cookie',
    'route with an HTTPRoute or a VirtualService, or leave affinity out',
  ],
];

describe('refused at its place', () => {
  it.each(WRONG)('%s', (_what, text, line, message, remedy) => {
    const found = problemsOf(text).map((one) => [`${one.line}:${one.column} ${one.path}`, one.message, one.remedy]);
    expect(found).toEqual([[line, message, remedy]]);
  });
});
