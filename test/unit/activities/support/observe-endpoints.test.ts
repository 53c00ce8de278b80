import { expect, it } from 'vitest';
import { observeEndpoints } from '../../../../src/activities/support/observe-endpoints.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { service, servicePlan } from '../../routers/service/fixtures.ts';

const run = () => ({ signal: AbortSignal.timeout(5_000), heartbeat: () => {}, reported: undefined });

function cluster(...leading: string[]): FakeCluster {
  const fake = new FakeCluster(['v1', 'discovery.k8s.io/v1']);
  fake.put('services', service());
  for (const version of ['v1', 'v2'])
    fake.put('pods', { metadata: { name: version, namespace: 'demo', labels: { app: 'shop', version } } });
  lead(fake, ...leading);
  return fake;
}

function lead(fake: FakeCluster, ...names: string[]): void {
  fake.put('endpointslices', {
    metadata: { name: 'shop-1', namespace: 'demo', labels: { 'kubernetes.io/service-name': 'shop' } },
    endpoints: names.map((name) => ({ targetRef: { name } })),
  });
}

it('waits until nothing leads to the canary', async () => {
  const fake = cluster('v1', 'v2');
  setTimeout(() => lead(fake, 'v1'), 100);
  expect(await observeEndpoints(fake, servicePlan(), run())).toEqual({
    kind: 'away',
    sentence: 'no EndpointSlice of the plan leads to reviews-v2 any more',
  });
});

it('says what still leads there', async () => {
  expect(await observeEndpoints(cluster('v1', 'v2'), servicePlan(), run(), 50)).toEqual({
    kind: 'stillRouted',
    sentence: expect.stringMatching(/^what leads to reviews-v2 is not gone: .* \(v2\)$/),
  });
});
