import { describe, expect, it } from 'vitest';
import { createDestinations } from '../../../src/activities/create-destinations.ts';
import { removeDestinations } from '../../../src/activities/remove-destinations.ts';
import type { FencedTarget } from '../../../src/contract/activities.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { inspectRoutes } from '../../../src/routers/index.ts';
import type { HttpRule } from '../../../src/routers/istio/objects.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { planFor, to, virtualService } from '../../support/routes.ts';

const LABELS = {
  primaryPodLabels: { app: 'reviews', version: 'v1' },
  canaryPodLabels: { app: 'reviews', version: 'v2' },
};
const RULE = 'destinationrules/demo/reviews-sluice-canary';

function cluster(rules: HttpRule[] = [{ route: [to('v1')] }], served?: string[]): FakeCluster {
  const made = new FakeCluster(served);
  made.put('virtualservices', virtualService(rules));
  made.put('services', {
    metadata: { name: 'reviews', namespace: 'demo', labels: { team: 'books' } },
    spec: {
      selector: { app: 'reviews' },
      clusterIP: '10.96.0.7',
      ports: [{ name: 'http', port: 9080, targetPort: 'web', nodePort: 30_000, protocol: 'TCP' }],
    },
  } as KubeObject);
  return made;
}

function rule(made: FakeCluster, spec: object, at: object = {}): void {
  const metadata = { name: 'reviews', namespace: 'demo', ...at };
  made.put('destinationrules', { metadata, spec } as KubeObject);
}

const v1 = { name: 'v1', labels: { version: 'v1' } };
const subsets = (change: (plan: Plan) => void = () => {}) =>
  planFor((plan) => {
    plan.traffic.create = true;
    change(plan);
  });
const hosts = (change: (plan: Plan) => void = () => {}) =>
  subsets((plan) => {
    plan.traffic.primary = { host: 'reviews' };
    plan.traffic.canary = { host: 'reviews-canary' };
    change(plan);
  });
const as = (plan: Plan, seq = 1, epoch = 1): FencedTarget => ({
  plan,
  cluster: 'local',
  clusterUid: 'uid',
  rollout: `reviews-${epoch}`,
  epoch,
  fence: { epoch, seq },
});

describe('the subset of the canary', () => {
  it('is made beside the rule that there is, in its namespace and for the same callers', async () => {
    const client = cluster();
    const trafficPolicy = { tls: { mode: 'ISTIO_MUTUAL' } };
    rule(client, { host: 'reviews', exportTo: ['.'], subsets: [{ ...v1, trafficPolicy }] });
    const before = client.objects.get('destinationrules/demo/reviews');
    expect(await createDestinations(client, as(subsets()))).toEqual([
      'made DestinationRule demo/reviews-sluice-canary',
    ]);
    expect(client.objects.get(RULE)).toMatchObject({
      apiVersion: 'networking.istio.io/v1',
      metadata: {
        labels: { 'sluice.dev/plan': 'reviews' },
        annotations: { 'sluice.dev/owner': 'demo/reviews', 'fence.sluice.dev/reviews': '1.1' },
      },
      spec: {
        host: 'reviews',
        exportTo: ['.'],
        subsets: [{ name: 'v2', labels: { version: 'v2' }, trafficPolicy }],
      },
    });
    expect(client.objects.get('destinationrules/demo/reviews')).toEqual(before);
  });

  it('is made once, brought up to date, and removed when no route names it', async () => {
    const client = cluster();
    rule(client, { host: 'reviews', subsets: [v1] });
    await createDestinations(client, as(subsets()));
    const first = client.objects.get(RULE);
    await createDestinations(client, as(subsets()));
    expect(client.objects.get(RULE)).toEqual(first);
    const other = subsets((plan) => {
      plan.workload.canaryLabels = { version: 'v2', track: 'canary' };
    });
    await createDestinations(client, as(other, 2));
    expect(client.objects.get(RULE)).toMatchObject({
      spec: { subsets: [{ labels: { track: 'canary' } }] },
      metadata: { annotations: { 'fence.sluice.dev/reviews': '1.2' } },
    });
    client.put('virtualservices', virtualService([{ route: [to('v1', 100), to('v2', 0)] }]));
    expect(await removeDestinations(client, as(other, 3))).toEqual([
      'kept DestinationRule demo/reviews-sluice-canary: VirtualService demo/reviews names it',
    ]);
    client.put('virtualservices', virtualService([{ route: [to('v1')] }]));
    expect(await removeDestinations(client, as(other, 3))).toEqual([
      'removed DestinationRule demo/reviews-sluice-canary',
    ]);
    expect(client.objects.has(RULE)).toBe(false);
    expect(client.objects.has('destinationrules/demo/reviews')).toBe(true);
    expect(await removeDestinations(client, as(other, 4))).toEqual([]);
  });

  it('is left alone where somebody defines it, whatever the plan says', async () => {
    const client = cluster();
    rule(client, { host: '*.demo.svc.cluster.local', subsets: [v1, { name: 'v2', labels: { version: 'v2' } }] });
    expect(await createDestinations(client, as(subsets()))).toEqual([]);
    expect(await removeDestinations(client, as(subsets(), 2))).toEqual([]);
    const none = cluster();
    expect(await createDestinations(none, as(planFor()))).toEqual([]);
  });

  it('speaks the version that the cluster serves', async () => {
    const client = cluster(undefined, ['networking.istio.io/v1beta1', 'v1']);
    rule(client, { host: 'reviews', subsets: [v1] });
    await createDestinations(client, as(subsets()));
    expect(client.objects.get(RULE)?.apiVersion).toBe('networking.istio.io/v1beta1');
  });

  it.each<[string, object, object, string]>([
    [
      'a wildcard that it would hide',
      { host: '*.demo.svc.cluster.local', subsets: [v1] },
      {},
      'DestinationRule demo/reviews is for *.demo.svc.cluster.local, and a rule for reviews alone would hide it',
    ],
    [
      'a rule for some callers',
      { host: 'reviews', subsets: [v1], workloadSelector: { matchLabels: { app: 'web' } } },
      {},
      'DestinationRule demo/reviews is for some callers only (workloadSelector)',
    ],
  ])('cannot be made beside %s', async (_, spec, at, obstacle) => {
    const client = cluster();
    rule(client, spec, at);
    const { problems } = await inspectRoutes(client, subsets(), LABELS);
    expect(problems.map(({ problem }) => problem).join()).toContain(`none can be made: ${obstacle}`);
    await expect(createDestinations(client, as(subsets()))).rejects.toThrow(obstacle);
    expect(client.objects.has(RULE)).toBe(false);
  });

  it('does not take an object of the same name that is not ours', async () => {
    const client = cluster();
    rule(client, { host: 'ratings' }, { name: 'reviews-sluice-canary' });
    await expect(createDestinations(client, as(subsets()))).rejects.toMatchObject({ kind: 'ClaimRefused' });
    expect(client.objects.get(RULE)).toMatchObject({ spec: { host: 'ratings' } });
  });
});

describe('the Service of the canary', () => {
  it('has the ports of the primary and the labels of the canary', async () => {
    const client = cluster([{ route: [{ destination: { host: 'reviews' } }] }]);
    expect(await createDestinations(client, as(hosts()))).toEqual(['made Service demo/reviews-canary']);
    expect(client.objects.get('services/demo/reviews-canary')).toMatchObject({
      metadata: { labels: { 'sluice.dev/plan': 'reviews' }, annotations: { 'sluice.dev/owner': 'demo/reviews' } },
      spec: {
        selector: { app: 'reviews', version: 'v2' },
        ports: [{ name: 'http', port: 9080, targetPort: 'web', protocol: 'TCP' }],
      },
    });
    expect(JSON.stringify(client.objects.get('services/demo/reviews-canary'))).not.toMatch(/nodePort|10\.96/);
    expect(await removeDestinations(client, as(hosts(), 2))).toEqual(['removed Service demo/reviews-canary']);
    expect(client.objects.has('services/demo/reviews')).toBe(true);
  });

  it('replaces labels that tell the primary apart', async () => {
    const client = cluster([{ route: [{ destination: { host: 'reviews' } }] }]);
    client.put('services', {
      metadata: { name: 'reviews', namespace: 'demo' },
      spec: { selector: { app: 'reviews', version: 'v1' }, clusterIP: 'None', ports: [{ port: 9080 }] },
    } as KubeObject);
    await createDestinations(client, as(hosts()));
    expect(client.objects.get('services/demo/reviews-canary')?.spec).toEqual({
      selector: { app: 'reviews', version: 'v2' },
      ports: [{ port: 9080 }],
      clusterIP: 'None',
    });
  });

  it('is made for plans of the Gateway API too, and stays while a backend names it', async () => {
    const client = new FakeCluster(['gateway.networking.k8s.io/v1', 'v1']);
    client.put('services', {
      metadata: { name: 'reviews', namespace: 'demo' },
      spec: { selector: { app: 'reviews' }, ports: [{ port: 9080 }] },
    } as KubeObject);
    const backends = (names: string[]) =>
      client.put('httproutes', {
        metadata: { name: 'reviews', namespace: 'demo' },
        spec: { rules: [{ name: 'reviews-canary', backendRefs: names.map((name) => ({ name, port: 9080 })) }] },
      } as KubeObject);
    backends(['reviews', 'reviews-canary']);
    const plan = hosts((p) => {
      p.traffic.routes = [{ kind: 'HTTPRoute', name: 'reviews', namespace: 'demo' }];
    });
    await createDestinations(client, as(plan));
    expect(await removeDestinations(client, as(plan, 2))).toEqual([
      'kept Service demo/reviews-canary: HTTPRoute demo/reviews names it',
    ]);
    backends(['reviews']);
    expect(await removeDestinations(client, as(plan, 2))).toEqual(['removed Service demo/reviews-canary']);
  });

  it('cannot be made in a namespace without the pods', async () => {
    const client = cluster([{ route: [{ destination: { host: 'reviews' } }] }]);
    const plan = hosts((p) => {
      p.traffic.canary = { host: 'reviews.canaries.svc.cluster.local' };
    });
    await expect(createDestinations(client, as(plan))).rejects.toThrow(/selects pods of its own namespace only/);
    expect((await inspectRoutes(client, plan, LABELS)).problems[0]?.problem).toContain(
      'cannot be made for pods in demo',
    );
  });
});

describe('late and crossing writes', () => {
  it('makes nothing for a rollout whose routes carry a newer fence', async () => {
    const client = cluster();
    const object = virtualService([{ route: [to('v1')] }]);
    const annotations = { 'fence.sluice.dev/reviews': '2.1' };
    client.put('virtualservices', { ...object, metadata: { ...object.metadata, annotations } });
    await expect(createDestinations(client, as(subsets(), 9))).rejects.toMatchObject({ kind: 'FenceRefused' });
    expect(client.objects.has(RULE)).toBe(false);
  });

  it('does not remove what a newer rollout took over', async () => {
    const client = cluster();
    await createDestinations(client, as(subsets(), 1, 1));
    await createDestinations(client, as(subsets(), 1, 2));
    await expect(removeDestinations(client, as(subsets(), 9, 1))).rejects.toMatchObject({ kind: 'FenceRefused' });
    expect(client.objects.has(RULE)).toBe(true);
  });

  it('does not remove what was taken over between the fence and the deletion', async () => {
    const client = cluster();
    await createDestinations(client, as(subsets(), 1, 1));
    const remove = client.delete.bind(client);
    client.delete = async (...all) => {
      await createDestinations(client, as(subsets(), 1, 2));
      return remove(...all);
    };
    await expect(removeDestinations(client, as(subsets(), 9, 1))).rejects.toMatchObject({ reason: 'conflict' });
    expect(client.objects.has(RULE)).toBe(true);
  });
});

describe('preflight of a plan that makes them', () => {
  it('says what will be made instead of refusing', async () => {
    const client = cluster();
    rule(client, { host: 'reviews', subsets: [v1] });
    const { problems, warnings } = await inspectRoutes(client, subsets(), LABELS);
    expect(problems).toEqual([]);
    expect(warnings).toContain(
      'the subset "v2" of reviews is not defined; it will be made as DestinationRule demo/reviews-sluice-canary, and removed at the end',
    );
    expect((await inspectRoutes(client, planFor(), LABELS)).problems).toHaveLength(1);
    await createDestinations(client, as(subsets()));
    expect((await inspectRoutes(client, subsets(), LABELS)).problems).toEqual([]);
  });

  it('still wants the primary, and labels that tell the sides apart', async () => {
    const client = cluster();
    const { problems } = await inspectRoutes(client, subsets(), LABELS);
    expect(problems.map(({ where }) => where)).toEqual(['spec.traffic.primary.subset']);
    const alone = cluster([{ route: [{ destination: { host: 'reviews' } }] }]);
    client.put('virtualservices', virtualService([{ route: [{ destination: { host: 'reviews' } }] }]));
    const found = await inspectRoutes(alone, hosts(), LABELS);
    expect(found.problems.map(({ problem }) => problem)).toContain(
      "reviews selects pods with app=reviews, and the canary's pods match that too",
    );
    expect(found.warnings[0]).toBe(
      "Service demo/reviews-canary does not exist; it will be made like reviews, for the canary's pods, and removed at the end",
    );
  });
});
