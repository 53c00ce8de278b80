import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import type { RouteInput } from '../../../../src/contract/activities.ts';
import { AT_REST, weighted } from '../../../../src/contract/intent.ts';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import { applyIntent, inspectRoutes } from '../../../../src/routers/index.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { changed, planOf } from '../../../support/plan-text.ts';
import { planFor, to, virtualService, withReadyPods } from '../../../support/routes.ts';

const LABELS = { primaryPodLabels: { version: 'v1' }, canaryPodLabels: { version: 'v2' } };
const GRANT = 'sluice.dev/grant';

type Reach = 'checked' | 'own' | 'no object';

const REFERENCES: Record<string, Reach> = {
  'metadata.namespace': 'own',
  'spec.workload.primary': 'own',
  'spec.workload.canary': 'own',
  'spec.traffic.routes[].name': 'checked',
  'spec.traffic.routes[].namespace': 'checked',
  'spec.traffic.primary.host': 'checked',
  'spec.traffic.primary.service': 'checked',
  'spec.traffic.primary.namespace': 'checked',
  'spec.traffic.canary.host': 'checked',
  'spec.traffic.canary.service': 'checked',
  'spec.traffic.canary.namespace': 'checked',
  'spec.load.during.address': 'checked',
  'spec.acceptance[].job': 'own',
  'spec.workload.source': 'no object',
  'spec.analysis.source': 'no object',
  'spec.analysis.checks[].job': 'own',
  'spec.analysis.checks[].web.source': 'no object',
  'spec.analysis.checks[].web.address': 'no object',
  'spec.events[].from': 'no object',
  'spec.analysis.prometheus': 'no object',
  'spec.notify[].email.to': 'no object',
};

test('every field of a plan that may name something of another namespace has its place in the table', () => {
  const schema = JSON.parse(readFileSync('docs/reference/plan.schema.json', 'utf8'));
  const names = /^(namespace|host|service|address|prometheus|source|to|job|url|gateway|secret|configMap|from)$/;
  const found = fieldsOf(schema).filter((path) => names.test(path.split('.').at(-1) ?? ''));
  const objects = ['spec.workload.primary', 'spec.workload.canary', 'spec.traffic.routes[].name'];
  const times = [
    'spec.approvals[].from',
    'spec.windows[].from',
    'spec.windows[].to',
    'spec.freezes[].from',
    'spec.freezes[].to',
  ];
  const expected = [...Object.keys(REFERENCES).filter((one) => !objects.includes(one)), ...times];
  expect([...new Set(found)].sort()).toEqual(expected.sort());
});

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

function fieldsOf({ properties = {}, items, anyOf = [], oneOf = [] }: Schema, path = ''): string[] {
  const below = Object.entries(properties).flatMap(([key, one]) => {
    const place = path ? `${path}.${key}` : key;
    return [place, ...fieldsOf(one, place)];
  });
  const parts = [...anyOf, ...oneOf].flatMap((one) => fieldsOf(one, path));
  return [...below, ...parts, ...(items ? fieldsOf(items, `${path}[]`) : [])];
}

const granted = (value?: string) => (value === undefined ? {} : { annotations: { [GRANT]: value } });

/** The example's objects, those of shop with this grant. */
function clusterWith(grant?: string): FakeCluster {
  const cluster = new FakeCluster();
  const spec = { selector: {}, ports: [{ port: 9080 }] };
  const hosts = { demo: to('v1'), shop: to('v1') };
  for (const namespace of ['demo', 'shop'] as const) {
    const metadata = { name: 'reviews', namespace, ...(namespace === 'shop' && granted(grant)) };
    cluster.put('services', { metadata, spec } as KubeObject);
    cluster.put('virtualservices', { ...virtualService([{ route: [hosts[namespace]] }]), metadata });
  }
  cluster.put('deployments', withReadyPods('reviews-v1', 2));
  cluster.put('deployments', withReadyPods('reviews-v2', 2));
  return cluster;
}

const PLACES: [string, string, [string, string][]][] = [
  [
    'a route',
    'VirtualService shop/reviews',
    [['kind: VirtualService, name: reviews }', 'kind: VirtualService, name: reviews, namespace: shop }']],
  ],
  [
    'the canary',
    'Service shop/reviews',
    [['canary: { host: reviews,', 'canary: { host: reviews.shop.svc.cluster.local,']],
  ],
  ['the primary', 'Service shop/reviews', [['primary: { host: reviews,', 'primary: { host: reviews.shop.svc,']]],
  [
    'a pod of a Service',
    'Service shop/reviews',
    [['canary: { host: reviews,', 'canary: { host: pod-0.reviews.shop.svc,']],
  ],
  [
    'requests of its own',
    'Service shop/reviews',
    [['load: { ', 'load: { during: { address: "http://reviews.shop:9080", requestsPerSecond: 5 }, ']],
  ],
];

describe.each(PLACES)('%s in another namespace', (_, where, edits) => {
  const problems = async (cluster: FakeCluster) => {
    const { problems: all } = await inspectRoutes(cluster, planOf(changed(...edits)), LABELS);
    return all.filter(({ problem }) => problem.includes('another namespace')).map((one) => one.where);
  };

  it('needs a grant there', async () => {
    for (const grant of [undefined, '', 'other/*', 'demo/other', 'demo', 'demo/reviews/x', 'shop/*'])
      expect([...new Set(await problems(clusterWith(grant)))], grant).toContain(where);
    for (const grant of ['demo/reviews', 'demo/*', 'x/y, demo/rev*', '*/*'])
      expect(await problems(clusterWith(grant)), grant).toEqual([]);
  });
});

describe('a write', () => {
  const input = (change: Partial<RouteInput>): RouteInput => ({
    plan: planFor(({ traffic }) => {
      traffic.routes = [{ kind: 'VirtualService', name: 'reviews', namespace: 'shop' }];
    }),
    ...{ cluster: 'local', clusterUid: 'uid', rollout: 'reviews-1', epoch: 1, found: { rules: [] } },
    ...{ fence: { epoch: 1, seq: 1 }, intent: weighted(20), canary: { replicas: 2, proven: false } },
    ...change,
  });
  const withdraw = (cluster: FakeCluster) => {
    for (const resource of ['services', 'virtualservices']) {
      const found = cluster.objects.get(`${resource}/shop/reviews`) as KubeObject;
      const { [GRANT]: _, ...annotations } = found.metadata.annotations ?? {};
      cluster.put(resource, { ...found, metadata: { ...found.metadata, annotations } });
    }
  };
  const refusal = expect.objectContaining({
    kind: 'ClaimRefused',
    message: expect.stringContaining('kubectl annotate'),
  });

  it('without a grant changes nothing, not even back to rest', async () => {
    const cluster = clusterWith();
    for (const intent of [weighted(20), AT_REST])
      await expect(applyIntent(cluster, input({ intent }))).rejects.toEqual(refusal);
    expect(cluster.patches).toEqual([]);
  });

  it('with a grant that is withdrawn leads nobody forward, and everybody back', async () => {
    const cluster = clusterWith('demo/reviews');
    expect(await applyIntent(cluster, input({}))).toMatchObject({ kind: 'written' });
    withdraw(cluster);
    const next = { fence: { epoch: 1, seq: 2 }, expected: weighted(20) };
    await expect(applyIntent(cluster, input({ ...next, intent: weighted(40) }))).rejects.toEqual(refusal);
    expect(await applyIntent(cluster, input({ ...next, intent: weighted(10) }))).toMatchObject({ kind: 'written' });
    expect(await applyIntent(cluster, input({ fence: { epoch: 1, seq: 3 }, intent: AT_REST }))).toMatchObject({
      kind: 'written',
    });
  });
});
