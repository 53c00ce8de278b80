import { expect, it } from 'vitest';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import { inspectRoutes } from '../../../../src/routers/index.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { planFor, to, virtualService } from '../../../support/routes.ts';

const LABELS = { primaryPodLabels: { version: 'v1' }, canaryPodLabels: { version: 'v2' } };

async function problemsWith(annotations: Record<string, string>): Promise<string[]> {
  const cluster = new FakeCluster();
  const object = virtualService([{ route: [to('v1')] }]);
  cluster.put('virtualservices', { ...object, metadata: { ...object.metadata, annotations } });
  cluster.put('services', { metadata: { name: 'reviews', namespace: 'demo' }, spec: { selector: {} } } as KubeObject);
  const subsets = ['v1', 'v2'].map((version) => ({ name: version, labels: { version } }));
  cluster.put('destinationrules', {
    metadata: { name: 'reviews', namespace: 'demo' },
    spec: { host: 'reviews', subsets },
  } as KubeObject);
  const { problems } = await inspectRoutes(cluster, planFor(), LABELS);
  return problems.map(({ where, problem, remedy }) => `${where} ${problem}; ${remedy}`);
}

it('refuses a route of another plan and one that a mirror holds, and says how to free it', async () => {
  expect(await problemsWith({ team: 'books', 'sluice.dev/owner': 'demo/reviews' })).toEqual([]);
  expect(await problemsWith({ 'sluice.dev/owner': 'demo/other' })).toEqual([
    'VirtualService demo/reviews is managed by the plan demo/other; let one plan manage it; when demo/other is gone for good, remove the annotation sluice.dev/owner',
  ]);
  expect(await problemsWith({ 'sluice.dev/mirror': 'demo/watch' })).toEqual([
    'VirtualService demo/reviews is mirrored by demo/watch at the moment; stop that mirror first: sluice mirror stop watch -n demo',
  ]);
});
