import { beforeEach, expect, it } from 'vitest';
import type { Plan } from '../../../../src/contract/plan.ts';
import type { Service } from '../../../../src/kubernetes/objects/services.ts';
import { inspect } from '../../../../src/routers/service/inspect.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { LABELS, ROUTE, service, servicePlan } from './fixtures.ts';

const ref = { apiVersion: 'v1', resource: 'services', kind: 'Service', namespace: 'demo', name: 'shop' };
let cluster: FakeCluster;
beforeEach(() => {
  cluster = new FakeCluster(['v1', 'discovery.k8s.io/v1']);
  for (const [name, labels] of Object.entries({ one: LABELS.primaryPodLabels, two: LABELS.canaryPodLabels }))
    cluster.put('pods', { metadata: { name, namespace: 'demo', labels } });
});

const look = (object: Service = service(), plan: Plan = servicePlan(), labels = LABELS) =>
  inspect(cluster, [{ plan, route: ROUTE, object, ref }], labels);

it('nothing is wrong with two sides that the selector tells apart', async () => {
  expect(await look()).toEqual({ problems: [], warnings: [] });
});

it('refuses a selector that selects the wrong pods, on either side', async () => {
  const wrong = { ...LABELS, primaryPodLabels: { app: 'shop', version: 'v0' } };
  expect((await look(service(), servicePlan(), wrong)).problems).toMatchObject([{ where: 'Service demo/shop' }]);
  const same = { ...LABELS, canaryPodLabels: { app: 'other', version: 'v2' } };
  expect((await look(service(), servicePlan(), same)).problems).toMatchObject([
    {
      problem: expect.stringContaining(
        "with spec.workload.canaryLabels, selects pods with app=shop,version=v2, but the canary's",
      ),
    },
  ]);
});

it('refuses to share users with pods of others, but not to switch beside them', async () => {
  cluster.put('pods', { metadata: { name: 'worker', namespace: 'demo', labels: { app: 'shop', version: 'worker' } } });
  expect((await look()).problems).toMatchObject([{ problem: expect.stringContaining('1 other pod (worker)') }]);
  expect((await look(service(), servicePlan('switch'))).problems).toEqual([]);
});

it('refuses without the right to see where callers are led', async () => {
  cluster.forbidden.add('endpointslices/demo');
  expect((await look()).problems).toMatchObject([{ remedy: 'apply deploy/features/services.yaml' }]);
});

it('names what makes another share', async () => {
  const near = service(LABELS.primaryPodLabels, { internalTrafficPolicy: 'Local', sessionAffinity: 'ClientIP' });
  expect((await look(near)).warnings).toEqual([
    expect.stringContaining('prefers pods that are near its callers'),
    expect.stringContaining('sessionAffinity'),
  ]);
  expect((await look(near, servicePlan('switch'))).warnings).toEqual([]);
});

it("looks at the canary's own Service, where the plan names one", async () => {
  const plan = (create = false) =>
    servicePlan('pods', (one) => {
      Object.assign(one.traffic, { canary: { host: 'preview' }, create });
    });
  expect((await look(service(), plan())).problems).toMatchObject([{ problem: 'Service demo/preview does not exist' }]);
  expect((await look(service(), plan(true))).warnings).toEqual([expect.stringContaining('it will be made')]);
  cluster.put('services', { ...service({ app: 'shop' }), metadata: { name: 'preview', namespace: 'demo' } });
  expect((await look(service(), plan())).problems).toMatchObject([
    { problem: expect.stringContaining("the primary's pods match that too") },
  ]);
});
