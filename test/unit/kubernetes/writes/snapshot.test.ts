import { expect, it } from 'vitest';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import { latestSnapshots, listSnapshots } from '../../../../src/kubernetes/writes/snapshot.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { planFor } from '../../../support/plan.ts';

it('a snapshot that somebody places in a namespace speaks for no other', async () => {
  const cluster = new FakeCluster();
  const plan = planFor('reviews');
  const place = (epoch: number, namespace: string) => {
    const labels = { 'sluice.dev/plan': 'reviews' };
    const data = { epoch, plan: { ...plan, namespace } };
    cluster.put('controllerrevisions', {
      metadata: { name: `r-${epoch}`, namespace: 'demo', labels },
      data,
    } as KubeObject);
  };
  place(1, 'demo');
  place(9, 'prod');
  for (const found of [await listSnapshots(cluster, plan), await latestSnapshots(cluster, 'demo')])
    expect(found.map(({ epoch }) => epoch)).toEqual([1]);
});
