import { expect, it } from 'vitest';
import { listCanaryPods } from '../../../../src/activities/support/canary-pods.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { planFor } from '../../../support/routes.ts';

it.each([
  ['10.244.1.7', ['http://10.244.1.7:80']],
  ['fd00::7', ['http://[fd00::7]:80']],
  ['127.0.0.1', []],
  ['169.254.169.254', []],
  ['::ffff:169.254.169.254', []],
  ['metadata.example.com', []],
])('a pod at %s is asked at %j', async (podIP, origins) => {
  const cluster = new FakeCluster();
  cluster.put('pods', {
    metadata: { name: 'p', namespace: 'demo', labels: { app: 'reviews', version: 'v2', 'pod-template-hash': 'h' } },
    spec: { containers: [{ name: 'reviews' }] },
    status: { podIP, conditions: [{ type: 'Ready', status: 'True' }] },
  });
  const pods = await listCanaryPods(cluster, planFor(), 'h', undefined);
  expect(pods.map(({ origin }) => origin)).toEqual(origins);
});
