import { expect, it } from 'vitest';
import { OWNER } from '../../../src/kubernetes/objects/annotations.ts';
import { ownDestinations } from '../../../src/routers/destinations.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { service, servicePlan } from './service/fixtures.ts';

const plan = (canary: string) =>
  servicePlan('switch', ({ traffic }) => Object.assign(traffic, { canary: { host: canary }, create: true }));
const claimed = (name: string) => {
  const object = service();
  return { ...object, metadata: { ...object.metadata, name, annotations: { [OWNER]: 'demo/reviews' } } };
};

it('what users call is never taken for what was made, though it carries the same claim', async () => {
  const cluster = new FakeCluster();
  for (const name of ['shop', 'shop-preview']) cluster.put('services', claimed(name));
  const names = async (canary: string) =>
    (await ownDestinations(cluster, plan(canary))).map(({ object }) => object.metadata.name);
  expect(await names('shop')).toEqual([]);
  expect(await names('shop-preview')).toEqual(['shop-preview']);
});
