import type { Plan } from '../../../../src/contract/plan.ts';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import type { BackendRef, GatewayRoute, RouteRule } from '../../../../src/routers/gateway-api/objects.ts';
import { inspectRoutes } from '../../../../src/routers/index.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { planFor } from '../../../support/routes.ts';

export const HTTP_ROUTE = { kind: 'HTTPRoute', name: 'shop', namespace: 'demo' } as const;

export const COOKIE = {
  cookie: 'shop-version',
  maxAgeS: 600,
  cleanupAfterMs: 60_000,
  path: '/',
  secure: true,
  httpOnly: true,
};

export function gatewayPlan(change: (plan: Plan) => void = () => {}): Plan {
  return planFor((plan) => {
    plan.name = 'shop';
    plan.workload = { primary: 'shop-v1', canary: 'shop-v2', canaryLabels: { version: 'v2' }, adoptRunning: false };
    plan.traffic.routes = [HTTP_ROUTE];
    plan.traffic.primary = { host: 'shop-v1', port: 9080 };
    plan.traffic.canary = { host: 'shop-v2', port: 9080 };
    change(plan);
  });
}

/** A backend as an API server stores it, defaults filled in. */
export const backend = (name: string, weight = 1, more: Partial<BackendRef> = {}): BackendRef => ({
  group: '',
  kind: 'Service',
  name,
  port: 9080,
  weight,
  ...more,
});

const PARENT = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge', namespace: 'infra' };

export function condition(type: string, status: string, observedGeneration: number, reason = type, message = '') {
  return { type, status, observedGeneration, reason, message };
}

export function parentStatus(
  generation: number,
  conditions = [condition('Accepted', 'True', generation), condition('ResolvedRefs', 'True', generation)],
) {
  return { parentRef: PARENT, controllerName: 'example.com/gateway', conditions };
}

export function gatewayRoute(rules: RouteRule[], kind: 'HTTPRoute' | 'GRPCRoute' = 'HTTPRoute'): GatewayRoute {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata: { name: 'shop', namespace: 'demo', generation: 3 },
    spec: { parentRefs: [PARENT], hostnames: ['shop.example'], rules },
    status: { parents: [parentStatus(3)] },
  };
}

const LABELS = {
  primaryPodLabels: { app: 'shop', version: 'v1' },
  canaryPodLabels: { app: 'shop', version: 'v2' },
};
export const SERVED = ['gateway.networking.k8s.io/v1', 'v1', 'apiextensions.k8s.io/v1'];

export function service(name: string, selector: Record<string, string>, namespace = 'demo', port = 9080): KubeObject {
  return { metadata: { name, namespace }, spec: { selector, ports: [{ port }] } };
}

export function shop(
  rules: RouteRule[] = [{ backendRefs: [backend('shop-v1')] }],
  change = (_: GatewayRoute) => {},
): FakeCluster {
  const cluster = new FakeCluster(SERVED);
  const route = gatewayRoute(rules);
  change(route);
  cluster.put(`${route.kind?.toLowerCase()}s`, route);
  cluster.put('services', service('shop-v1', { app: 'shop', version: 'v1' }));
  cluster.put('services', service('shop-v2', { app: 'shop', version: 'v2' }));
  return cluster;
}

export const inspect = (cluster: FakeCluster, plan = gatewayPlan()) => inspectRoutes(cluster, plan, LABELS);

export async function problemsOf(cluster: FakeCluster, change: (plan: Plan) => void = () => {}): Promise<string[]> {
  const { problems } = await inspect(cluster, gatewayPlan(change));
  return problems.map(({ where, problem }) => `${where}: ${problem}`);
}
