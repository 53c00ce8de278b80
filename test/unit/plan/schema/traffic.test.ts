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

const SERVICE = 'routes: [{ kind: Service, name: shop }]';
const AT_ONCE = '  shift: { weights: [100] }\n';
const PODS = `${SERVICE}\nmode: pods`;

describe('a Service as the route', () => {
  it('is switched, and needs no destinations', () => {
    expect(planOf(plan(SERVICE, AT_ONCE)).traffic).toMatchObject({
      routes: [{ kind: 'Service', name: 'shop', namespace: 'demo' }],
      mode: 'switch',
      primary: { host: 'shop' },
      canary: { host: 'shop' },
    });
  });

  it('splits users by pods where the plan says so, and the canary may have a Service of its own', () => {
    const { traffic } = planOf(plan(`${PODS}\ncanary: { service: shop-preview }\ncreate: true`));
    expect(traffic).toMatchObject({ mode: 'pods', canary: { host: 'shop-preview' }, create: true });
  });

  it('leaves routes that split by percent without a mode', () => {
    expect(planOf(plan(HTTP_ROUTE)).traffic).not.toHaveProperty('mode');
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
    'keep the routes of Istio, those of the Gateway API, and Services in plans of their own',
  ],
  [
    'affinity on a GRPCRoute',
    plan(HTTP_ROUTE.replace('HTTPRoute', 'GRPCRoute'), '  affinity: { cookie: x }\n'),
    '8:22 spec.traffic.routes[0].kind',
    'a GRPCRoute cannot keep users by a cookie',
    'route with an HTTPRoute or a VirtualService, or leave affinity out',
  ],
  [
    'weights on a Service that is switched',
    plan(SERVICE, '  shift: { weights: [20, 100] }\n'),
    '12:12 spec.shift.weights',
    'a Service is switched from one side to the other, so no 20 % of the users can be on the canary',
    'write shift: { weights: [100] }, or traffic.mode: pods, where both sides share users by their pods',
  ],
  [
    'the weights that are nowhere written',
    plan(SERVICE),
    '5:1 spec.shift.weights',
    'a Service is switched from one side to the other, so no 20 % of the users can be on the canary',
    'write shift: { weights: [100] }, or traffic.mode: pods, where both sides share users by their pods',
  ],
  [
    'a gradual return behind a Service',
    plan(PODS, '  shift: { back: { weights: [50] } }\n'),
    '13:12 spec.shift.back',
    'behind a Service all users go back at once',
    'remove back',
  ],
  [
    'a mirror behind a Service',
    plan(SERVICE, `${AT_ONCE}  mirror: { percent: 100 }\n`),
    '13:3 spec.mirror',
    'a Service copies no requests',
    'remove mirror, or route with an HTTPRoute or a VirtualService',
  ],
  [
    'affinity behind a Service',
    plan(SERVICE, `${AT_ONCE}  affinity: { cookie: x }\n`),
    '8:22 spec.traffic.routes[0].kind',
    'a Service cannot keep users by a cookie',
    'route with an HTTPRoute or a VirtualService, or leave affinity out',
  ],
  [
    'an autoscaler that would change a share',
    plan(PODS, '  scale: { canary: { autoscaler: { min: 1, max: 3 } } }\n'),
    '13:22 spec.scale.canary.autoscaler',
    "the canary's pods are its share of the users, so nothing else may change their number",
    'remove autoscaler',
  ],
  [
    'a canary that is not sized',
    plan(PODS, '  scale: { canary: { matchWeight: false } }\n'),
    '13:35 spec.scale.canary.matchWeight',
    "the canary's pods are its share of the users",
    'remove matchWeight',
  ],
  [
    'a destination beside a Service',
    plan(`${SERVICE}\nprimary: { service: shop-primary }`, AT_ONCE),
    '9:5 spec.traffic.primary',
    'Service does not know service',
    'leave primary out: at rest the route itself leads to its pods',
  ],
  [
    "the users' Service as the canary's own",
    plan(`${SERVICE}\ncanary: { service: shop }`, AT_ONCE),
    '9:24 spec.traffic.canary.service',
    'this is the Service that users call',
    'give the canary a destination of its own',
  ],
  [
    'nothing to make',
    plan(`${SERVICE}\ncreate: true`, AT_ONCE),
    '9:13 spec.traffic.create',
    'there is nothing to make',
    'name canary: { service: … }, or remove create',
  ],
  [
    'rules of a Service',
    plan(SERVICE.replace('shop', 'shop, rules: [main]'), AT_ONCE),
    '8:43 spec.traffic.routes[0].rules',
    'a Service has no rules',
    'remove rules',
  ],
  [
    'a mode on an HTTPRoute',
    plan(`${HTTP_ROUTE}\nmode: pods`),
    '11:11 spec.traffic.mode',
    'HTTPRoute splits users by percent',
    'remove mode',
  ],
  [
    'no primary on an HTTPRoute',
    plan(HTTP_ROUTE.replace(/^primary.*\n/m, '')),
    '7:3 spec.traffic.primary',
    'lacks service and port',
    'write { service: reviews-primary, port: 9080 }',
  ],
];

describe('refused at its place', () => {
  it.each(WRONG)('%s', (_what, text, line, message, remedy) => {
    const found = problemsOf(text).map((one) => [`${one.line}:${one.column} ${one.path}`, one.message, one.remedy]);
    expect(found).toEqual([[line, message, remedy]]);
  });
});
