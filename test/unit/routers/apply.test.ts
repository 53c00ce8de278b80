import { beforeEach, expect, it } from 'vitest';
import type { RouteInput } from '../../../src/contract/activities.ts';
import { AT_REST, weighted } from '../../../src/contract/intent.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { ClusterError } from '../../../src/kubernetes/client/errors.ts';
import { applyToRoutes } from '../../../src/routers/apply.ts';
import type { VirtualService } from '../../../src/routers/istio/objects.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { planFor, to, virtualService, withReadyPods } from '../../support/routes.ts';
import { gatewayPlan, gatewayRoute, backend as service } from './gateway-api/fixtures.ts';

const NAMES = ['one', 'two', 'three'];
const plan = planFor((one) => {
  one.traffic.routes = NAMES.map((name) => ({ kind: 'VirtualService', name, namespace: 'demo' }));
});
const input = (change: Partial<RouteInput> = {}): RouteInput => ({
  plan,
  cluster: 'local',
  clusterUid: 'uid',
  rollout: 'reviews-1',
  epoch: 1,
  fence: { epoch: 1, seq: 2 },
  intent: weighted(20),
  found: { rules: [] },
  canary: { replicas: 2, proven: false },
  ...change,
});
let cluster: FakeCluster;

function put(name: string, weight = 0): void {
  const object = virtualService([{ route: [to('v1', 100 - weight), to('v2', weight)] }]);
  cluster.put('virtualservices', { ...object, metadata: { ...object.metadata, name } });
}
const ready = (primary: number, canary: number) => {
  cluster.put('deployments', withReadyPods('reviews-v1', primary));
  cluster.put('deployments', withReadyPods('reviews-v2', canary));
};
const weights = () =>
  NAMES.map((name) => {
    const object = cluster.objects.get(`virtualservices/demo/${name}`) as VirtualService | undefined;
    return object?.spec?.http?.[0]?.route?.[1]?.weight ?? 0;
  });
/** Writes of one object end otherwise. */
function when(name: string, answer: (written: KubeObject) => KubeObject): void {
  const patch = cluster.patch.bind(cluster);
  cluster.patch = (async (ref, operations) =>
    ref.name === name ? answer((await cluster.get(ref)) as KubeObject) : patch(ref, operations)) as typeof patch;
}
const forbid = (name: string) =>
  when(name, () => {
    throw new ClusterError({ verb: 'patch', object: name, reason: 'forbidden', status: 403 });
  });

beforeEach(() => {
  cluster = new FakeCluster();
  for (const name of NAMES) put(name);
  ready(2, 2);
});

it('a route that is forbidden stops none, and is thrown in the end', async () => {
  forbid('one');
  put('three', 50);
  await expect(applyToRoutes(cluster, input({ expected: AT_REST }))).rejects.toThrow('forbidden (403)');
  expect(weights()).toEqual([0, 20, 50]);
});

/** What is the matter with a route: its weight, or that it is gone, or that a webhook drops every write. */
type Matter = number | 'gone' | 'kept';
type Row = [string, Record<string, Matter>, [number, number], string, string, number[]];

it.each<Row>([
  ['drift, then a webhook', { one: 'kept', two: 50 }, [2, 2], 'drift', 'demo/two', [0, 50, 20]],
  ['a webhook, then a missing one', { one: 'gone', two: 'kept' }, [2, 2], 'notTaken', 'demo/two', [0, 0, 20]],
  ['a missing one', { two: 'gone' }, [2, 2], 'missing', 'VirtualService demo/two does not exist', [20, 0, 20]],
  ['not ready, then drift', { two: 50 }, [0, 2], 'notReady', 'Deployment demo/reviews-v1 has no ready', [0, 50, 0]],
  ['a small canary', {}, [2, 1], 'notReady', 'Deployment demo/reviews-v2 has 1 ready pod and needs 2', [0, 0, 0]],
])('tells the worst: %s', async (...[, matters, [primary, canary], kind, words, after]) => {
  ready(primary, canary);
  for (const [name, matter] of Object.entries(matters)) {
    if (matter === 'gone') cluster.objects.delete(`virtualservices/demo/${name}`);
    else if (matter === 'kept') when(name, (kept) => kept);
    else put(name, matter);
  }
  const result = await applyToRoutes(cluster, input({ expected: AT_REST }));
  expect(result).toEqual({ kind, sentence: expect.stringContaining(words) });
  expect(weights()).toEqual(after);
});

it('each route is held against what it says itself', async () => {
  ready(2, 1);
  put('one', 60);
  put('two', 20);
  expect(await applyToRoutes(cluster, input())).toMatchObject({ kind: 'notReady' });
  expect(weights()).toEqual([20, 20, 0]);
});

it('a Deployment that does not exist has no ready pod, and a write that was made is confirmed all the same', async () => {
  await applyToRoutes(cluster, input());
  cluster.objects.delete('deployments/demo/reviews-v2');
  expect(await applyToRoutes(cluster, input())).toMatchObject({ kind: 'written' });
  const more = { intent: weighted(40), fence: { epoch: 1, seq: 3 } };
  expect(await applyToRoutes(cluster, input(more))).toEqual({
    kind: 'notReady',
    sentence: 'Deployment demo/reviews-v2 has no ready pod, so nobody is routed to it',
  });
  expect(cluster.requests.filter((one) => one.includes('Deployment'))).toHaveLength(6);
});

it('a canary that people own gets no more users once its pods are replaced, and loses those that it has', async () => {
  const owned = { ...plan, workload: { ...plan.workload, source: 'canary' as const } };
  const template = { spec: { containers: [] } };
  const annotations = { 'sluice.dev/revision': 'abc', 'sluice.dev/template': 'another' };
  const { metadata, ...canary } = withReadyPods('reviews-v2', 2);
  cluster.put('deployments', { ...canary, metadata: { ...metadata, annotations }, spec: { template } });
  expect(await applyToRoutes(cluster, input({ plan: owned, expected: AT_REST }))).toEqual({
    kind: 'notReady',
    sentence: 'Deployment demo/reviews-v2 has another template than the one that was tested, so nobody is routed to it',
  });
  expect(weights()).toEqual([0, 0, 0]);
  for (const name of NAMES) put(name, 20);
  await applyToRoutes(cluster, input({ plan: owned, intent: AT_REST }));
  expect(weights()).toEqual([0, 0, 0]);
});

it('three routes whose status is pending take the time of one', async () => {
  const gateway = new FakeCluster(['gateway.networking.k8s.io/v1', 'apps/v1']);
  const three = gatewayPlan((one) => {
    one.traffic.routes = NAMES.map((name) => ({ kind: 'HTTPRoute', name, namespace: 'demo' }));
  });
  for (const name of NAMES) {
    const route = gatewayRoute([{ backendRefs: [service('shop-v1')] }]) as KubeObject;
    gateway.put('httproutes', { ...route, metadata: { ...route.metadata, name, generation: 4 } });
  }
  for (const name of [three.workload.primary, three.workload.canary])
    gateway.put('deployments', withReadyPods(name, 2));
  const begin = performance.now();
  expect(await applyToRoutes(gateway, input({ plan: three }))).toMatchObject({ kind: 'written' });
  expect(performance.now() - begin).toBeGreaterThan(3_900);
  expect(performance.now() - begin).toBeLessThan(6_000);
});
