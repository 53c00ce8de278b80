import { beforeEach, describe, expect, it } from 'vitest';
import type { RouteInput } from '../../../src/contract/activities.ts';
import { AT_REST, mirrored, weighted } from '../../../src/contract/intent.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { applyIntent, inspectRoutes } from '../../../src/routers/index.ts';
import type { HttpRule, VirtualService } from '../../../src/routers/istio/objects.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { readIntent } from '../../support/read-intent.ts';
import { planFor, to, virtualService, withReadyPods } from '../../support/routes.ts';

const LABELS = {
  primaryPodLabels: { app: 'reviews', version: 'v1' },
  canaryPodLabels: { app: 'reviews', version: 'v2' },
};

function reviews(rules: HttpRule[] = [{ route: [to('v1')] }], spec: Record<string, unknown> = {}): FakeCluster {
  const cluster = new FakeCluster();
  cluster.put('virtualservices', virtualService(rules, spec));
  cluster.put('services', {
    metadata: { name: 'reviews', namespace: 'demo' },
    spec: { selector: { app: 'reviews' } },
  } as KubeObject);
  cluster.put('destinationrules', {
    metadata: { name: 'reviews', namespace: 'demo' },
    spec: {
      host: 'reviews',
      subsets: [
        { name: 'v1', labels: { version: 'v1' } },
        { name: 'v2', labels: { version: 'v2' } },
      ],
    },
  } as KubeObject);
  cluster.put('deployments', withReadyPods('reviews-v1', 2));
  cluster.put('deployments', withReadyPods('reviews-v2', 1));
  return cluster;
}

const route = (cluster: FakeCluster) => cluster.objects.get('virtualservices/demo/reviews') as VirtualService;

describe('preflight', () => {
  const inspect = (cluster: FakeCluster, plan = planFor()) => inspectRoutes(cluster, plan, LABELS);
  const problemsOf = async (cluster: FakeCluster, plan = planFor()) =>
    (await inspect(cluster, plan)).problems.map(({ where, problem }) => `${where}: ${problem}`);

  it('finds nothing wrong with a usual route, and warns of callers without a sidecar', async () => {
    const inspection = await inspect(reviews());
    expect(inspection).toMatchObject({
      found: { rules: [{ index: 0, canary: false, weighted: false }] },
      uids: { 'VirtualService demo/reviews': expect.any(String) },
      intent: AT_REST,
      problems: [],
      warnings: [
        'Service demo/reviews selects canary pods: callers without a sidecar reach the canary at every weight',
      ],
    });
  });

  it('names a route that is not there', async () => {
    expect(await problemsOf(new FakeCluster())).toEqual(['VirtualService demo/reviews: does not exist']);
  });

  it('lists what the rules route to when none routes to the primary', async () => {
    expect(await problemsOf(reviews([{ route: [to('v3'), to('v4')] }]))).toEqual([
      'VirtualService demo/reviews: no rule routes to the primary (reviews, subset v1); they route to reviews, subset v3; reviews, subset v4',
    ]);
  });

  it('names rules that are not there', async () => {
    const plan = planFor((p) => {
      p.traffic.routes = [{ kind: 'VirtualService', name: 'reviews', namespace: 'demo', rules: ['main', 'beta'] }];
    });
    expect(await problemsOf(reviews([{ name: 'main', route: [to('v1')] }]), plan)).toEqual([
      'VirtualService demo/reviews: no http rule is named "beta"; there are main',
    ]);
  });

  it.each([
    [
      'a third destination in parts that are no percents',
      { route: [to('v1', 4), to('v3', 1)] },
      'shares 4 with the 1 of other destinations, which cannot be split by percent',
    ],
    ['no weight', { route: [to('v1', 0), to('v3', 100)] }, 'gives no weight to the primary'],
    ['a canary with users', { route: [to('v1', 70), to('v2', 30)] }, 'already routes 30 % of the users to the canary'],
    ['entries twice', { route: [to('v1', 50), to('v1', 50)] }, 'lists the primary or the canary twice'],
  ])('refuses %s', async (_, rule, problem) => {
    expect(await problemsOf(reviews([rule]))).toContain(`VirtualService demo/reviews spec.http[0]: ${problem}`);
  });

  it.each<[string, HttpRule]>([
    ['a third destination with a share', { route: [to('v1', 80), to('v3', 20)] }],
    ['a permanent mirror', { route: [to('v1')], mirror: { host: 'audit' } }],
  ])('has nothing against %s', async (_, rule) => {
    const cluster = reviews([rule]);
    const { problems, intent } = await inspect(cluster);
    expect({ problems, intent }).toEqual({ problems: [], intent: AT_REST });
  });

  it('reads the epoch that this plan left behind', async () => {
    const cluster = reviews();
    const object = route(cluster);
    cluster.put('virtualservices', {
      ...object,
      metadata: { ...object.metadata, annotations: { 'fence.sluice.dev/reviews': '7.3' } },
    });
    expect((await inspect(cluster)).epoch).toBe(7);
  });

  it('refuses subsets that are missing or do not tell the sides apart', async () => {
    const cluster = reviews();
    const subsets = (labels: Record<string, Record<string, string>>) =>
      cluster.put('destinationrules', {
        metadata: { name: 'reviews', namespace: 'demo' },
        spec: { host: 'reviews', subsets: Object.entries(labels).map(([name, l]) => ({ name, labels: l })) },
      } as KubeObject);
    subsets({ v1: { version: 'v1' } });
    expect(await problemsOf(cluster)).toEqual([
      'spec.traffic.canary.subset: no DestinationRule defines the subset "v2" of reviews; demo/reviews has v1',
    ]);
    subsets({ v1: { version: 'v1' }, v2: { version: 'v3' } });
    expect(await problemsOf(cluster)).toEqual([
      "spec.traffic.canary: reviews, subset v2 selects pods with app=reviews,version=v3, but the canary's pods have app=reviews,version=v2",
    ]);
    subsets({ v1: { version: 'v1' }, v2: { app: 'reviews' } });
    expect(await problemsOf(cluster)).toEqual([
      "spec.traffic.canary: reviews, subset v2 selects pods with app=reviews, and the primary's pods match that too",
    ]);
  });

  it('refuses a Service whose callers no route governs, unless the plan allows it', async () => {
    const cluster = reviews([{ route: [to('v1')] }], { gateways: ['istio-system/gw'], hosts: ['*'] });
    const [problem] = (await inspect(cluster)).problems;
    expect(problem?.where).toBe('Service demo/reviews');
    expect(problem?.remedy).toContain('allowUngoverned: true');
    const allowed = await inspect(
      cluster,
      planFor((p) => {
        p.traffic.allowUngoverned = true;
      }),
    );
    expect(allowed.problems).toEqual([]);
    expect(allowed.warnings[0]).toContain('allowed by spec.traffic.allowUngoverned');
  });

  it('a route bound to the mesh for another host governs nothing here', async () => {
    const cluster = reviews([{ route: [to('v1')] }], { hosts: ['bookinfo.example.com'] });
    expect((await inspect(cluster)).problems).toHaveLength(1);
  });

  it('takes over a mirror to the canary that was left behind', async () => {
    const inspection = await inspect(reviews([{ route: [to('v1')], mirror: { host: 'reviews', subset: 'v2' } }]));
    expect(inspection.problems).toEqual([]);
    expect(inspection.intent).toEqual(mirrored(100));
    expect(inspection.warnings[0]).toContain('already mirrors 100 % to the canary');
  });
});

describe('applying an intent', () => {
  let cluster: FakeCluster;
  let seq: number;
  const found = { rules: [{ index: 0, canary: false, weighted: false }] };
  const input = (change: Partial<RouteInput> = {}): RouteInput => {
    seq += 1;
    return {
      plan: planFor(),
      cluster: 'local',
      clusterUid: 'uid',
      rollout: 'reviews-1',
      epoch: 1,
      fence: { epoch: 1, seq },
      intent: weighted(20),
      found,
      canary: { replicas: 1, proven: false },
      ...change,
    };
  };
  beforeEach(() => {
    cluster = reviews();
    seq = 0;
  });

  it('writes, says so, and goes back to what it found', async () => {
    expect(await applyIntent(cluster, input({ expected: AT_REST }))).toMatchObject({ kind: 'written' });
    expect(route(cluster).spec?.http?.[0]?.route).toEqual([to('v1', 80), to('v2', 20)]);
    expect(route(cluster).metadata.annotations).toEqual({
      'fence.sluice.dev/reviews': '1.1',
      'sluice.dev/owner': 'demo/reviews',
      'sluice.dev/rollout': 'reviews-1',
    });
    await applyIntent(cluster, input({ intent: AT_REST, expected: weighted(20) }));
    expect(route(cluster).spec).toEqual(virtualService([{ route: [to('v1')] }]).spec);
    expect(route(cluster).metadata.annotations).not.toHaveProperty('sluice.dev/rollout');
  });

  it('finds the rule again when people put another one before it', async () => {
    await applyIntent(cluster, input());
    const object = route(cluster);
    const http = [{ match: [{ uri: { prefix: '/new' } }], route: [to('v3')] }, ...(object.spec?.http ?? [])];
    cluster.put('virtualservices', { ...object, spec: { ...object.spec, http } } as VirtualService);
    await applyIntent(cluster, input({ intent: AT_REST, expected: weighted(20) }));
    expect(route(cluster).spec?.http).toEqual([http[0], { route: [to('v1')] }]);
  });

  it('writes nothing twice: the same fence confirms', async () => {
    const first = input();
    await applyIntent(cluster, first);
    expect(await applyIntent(cluster, first)).toMatchObject({ kind: 'written' });
    expect(cluster.patches).toHaveLength(1);
  });

  it('refuses a write that comes after a newer one', async () => {
    const late = input();
    await applyIntent(cluster, input({ intent: AT_REST }));
    await expect(applyIntent(cluster, late)).rejects.toThrow(/newer write/);
    expect(route(cluster).spec?.http?.[0]?.route).toEqual([to('v1')]);
  });

  it('does not overwrite what somebody else changed, and names them', async () => {
    await applyIntent(cluster, input());
    const object = route(cluster);
    cluster.put('virtualservices', {
      ...object,
      metadata: {
        ...object.metadata,
        managedFields: [
          { manager: 'kubectl-edit', time: '2026-01-02T03:04:05Z', fieldsV1: { 'f:spec': {} } },
          { manager: 'sluice', time: '2026-01-02T03:04:06Z', fieldsV1: { 'f:spec': {} } },
        ],
      },
      spec: { ...object.spec, http: [{ route: [to('v1', 50), to('v2', 50)] }] },
    } as VirtualService);
    expect(await applyIntent(cluster, input({ intent: weighted(40), expected: weighted(20) }))).toEqual({
      kind: 'drift',
      sentence:
        'VirtualService demo/reviews: spec.http[0] has primary 50 %, canary 50 %, where Sluice expects primary 80 %, canary 20 %; last changed by kubectl-edit at 2026-01-02T03:04:05Z',
    });
    expect(route(cluster).spec?.http?.[0]?.route).toEqual([to('v1', 50), to('v2', 50)]);
  });

  it('says what a webhook made of a write on its way', async () => {
    const patch = cluster.patch.bind(cluster);
    cluster.patch = (async (ref, operations) => {
      const written = (await patch(ref, operations)) as VirtualService;
      return { ...written, spec: { ...written.spec, http: [{ route: [to('v1', 70), to('v2', 30)] }] } };
    }) as typeof cluster.patch;
    expect(await applyIntent(cluster, input())).toEqual({
      kind: 'notTaken',
      sentence: expect.stringMatching(
        /^VirtualService demo\/reviews: .* primary 70 %, canary 30 %, right after Sluice wrote primary 80 %, canary 20 %: .* mutating webhook/,
      ),
    });
  });

  it('an abort overwrites whatever is there', async () => {
    const object = route(cluster);
    cluster.put('virtualservices', {
      ...object,
      spec: { ...object.spec, http: [{ route: [to('v1', 1), to('v2', 99)] }] },
    } as VirtualService);
    await applyIntent(cluster, input({ intent: AT_REST }));
    expect(await readIntent(cluster, planFor(), AT_REST)).toEqual(AT_REST);
  });

  it('a change under the same fence is drift', async () => {
    const first = input();
    await applyIntent(cluster, first);
    const object = route(cluster);
    cluster.put('virtualservices', {
      ...object,
      spec: { ...object.spec, http: [{ route: [to('v1', 99), to('v2', 1)] }] },
    } as VirtualService);
    expect(await applyIntent(cluster, first)).toMatchObject({ kind: 'drift' });
  });

  it('refuses weights that are none', async () => {
    expect(() => applyIntent(cluster, input({ intent: { primary: 90, canary: 20, mirror: 0 } }))).toThrow(RangeError);
  });

  it('uses the older API where the newer one is not served, and remembers it', async () => {
    const old = new FakeCluster(['networking.istio.io/v1beta1', 'apps/v1']);
    for (const [key, object] of cluster.objects) if (key.startsWith('deployments')) old.put('deployments', object);
    old.put('virtualservices', virtualService([{ route: [to('v1')] }]));
    await applyIntent(old, input());
    await applyIntent(old, input({ intent: AT_REST }));
    expect(old.patches.map(({ ref }) => ref.apiVersion)).toEqual([
      'networking.istio.io/v1beta1',
      'networking.istio.io/v1beta1',
    ]);
    expect(old.requests.filter((one) => one.includes('networking.istio.io/v1 '))).toHaveLength(1);
  });
});
