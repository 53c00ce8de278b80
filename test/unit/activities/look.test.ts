import { beforeEach, expect, it } from 'vitest';
import { look } from '../../../src/activities/look.ts';
import { weighted } from '../../../src/contract/intent.ts';
import { GONE } from '../../../src/contract/world.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { ClusterError, type ClusterErrorReason } from '../../../src/kubernetes/client/errors.ts';
import { revisionOf } from '../../../src/kubernetes/objects/revisions.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { planFor, to, virtualService } from '../../support/routes.ts';
import { gatewayRoute } from '../routers/gateway-api/fixtures.ts';

const template = (image: string) => ({ spec: { containers: [{ name: 'reviews', image }] } });
const revision = revisionOf(template('v2'), ['reviews'], [], []);
const previous = revisionOf(template('v1'), ['reviews'], [], []);
const plan = planFor((one) => {
  one.traffic.routes.push({ kind: 'HTTPRoute', name: 'shop', namespace: 'demo' });
  one.traffic.routes.push({ kind: 'VirtualService', name: 'gone', namespace: 'demo' });
});
const input = { plan, cluster: 'local', clusterUid: 'uid', rollout: 'reviews-3', epoch: 3, revision, previous };
let cluster: FakeCluster;

beforeEach(() => {
  cluster = new FakeCluster(['networking.istio.io/v1', 'gateway.networking.k8s.io/v1', 'apps/v1']);
  const object = virtualService([{ route: [to('v1', 60), to('v2', 40)] }]);
  const managedFields = [{ manager: 'kubectl-edit', time: '2026-01-02T03:04:05Z', fieldsV1: { 'f:spec': {} } }];
  const annotations = { 'fence.sluice.dev/reviews': '3.4' };
  cluster.put('virtualservices', { ...object, metadata: { ...object.metadata, annotations, managedFields } });
  const pending = gatewayRoute([]) as KubeObject;
  cluster.put('httproutes', { ...pending, metadata: { ...pending.metadata, generation: 9 } });
  cluster.put('deployments', {
    metadata: { name: 'reviews-v1', namespace: 'demo', uid: 'p' },
    spec: { replicas: 2, selector: {}, template: template('v2') },
    status: { replicas: 2, updatedReplicas: 2, readyReplicas: 2 },
  });
  cluster.put('controllerrevisions', {
    metadata: { name: 'sluice-reviews-3', namespace: 'demo' },
    data: { identityKeys: [], revision, previous },
  });
});

it('tells routes and Deployments in one go', async () => {
  const fence = { epoch: 3, seq: 4 };
  expect(await look(cluster, input)).toEqual({
    routes: [
      { name: 'VirtualService demo/reviews', intent: weighted(40), status: 'unknown', fence },
      { name: 'HTTPRoute demo/shop', status: 'pending' },
      { name: 'VirtualService demo/gone', gone: true, status: 'unknown' },
    ],
    primary: { uid: 'p', template: 'new', mixed: false, wanted: 2, ready: 2, updated: 2 },
    canary: GONE,
  });
});

it.each<[ClusterErrorReason | undefined, object]>([
  [undefined, { template: 'foreign' }],
  ['forbidden', { template: 'foreign' }],
])('does without the snapshot (%s)', async (reason, primary) => {
  refuse(reason);
  expect(await look(cluster, input)).toMatchObject({ primary });
});

it('guesses nothing while the API server does not answer', async () => {
  refuse('timeout');
  await expect(look(cluster, input)).rejects.toThrow(ClusterError);
});

function refuse(reason: ClusterErrorReason | undefined): void {
  const get = cluster.get.bind(cluster);
  cluster.get = (async (ref) => {
    if (ref.kind !== 'ControllerRevision') return get(ref);
    if (reason) throw new ClusterError({ verb: 'get', object: ref.name, reason });
    return undefined;
  }) as typeof get;
}
