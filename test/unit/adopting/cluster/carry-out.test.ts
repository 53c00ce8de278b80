import { describe, expect, it } from 'vitest';
import { readUndo } from '../../../../src/adopting/cluster/around.ts';
import { carryOut, takeBack } from '../../../../src/adopting/cluster/carry-out.ts';
import { readAdoption } from '../../../../src/adopting/cluster/read.ts';
import { adoptionOf } from '../../../../src/adopting/index.ts';
import { undoSteps } from '../../../../src/adopting/undo.ts';
import type { Service } from '../../../../src/kubernetes/objects/services.ts';
import { ASKED, running, service } from '../../../support/adoption.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';

const SHOP = { namespace: 'demo', name: 'shop' };

function cluster(): FakeCluster {
  const client = new FakeCluster(['apps/v1', 'v1', 'autoscaling/v2', 'sluice.dev/v1alpha1']);
  client.put('deployments', running({ app: 'shop', version: 'v1' }, { version: 'v1' }));
  client.put('services', service());
  return client;
}

async function adopted(client: FakeCluster, said: string[] = []): Promise<void> {
  const { steps } = adoptionOf(await readAdoption(client, SHOP, []), ASKED);
  await carryOut(client, steps, { claim: 'demo/shop', patienceMs: 0, tell: (words) => said.push(words) });
}

const selector = (client: FakeCluster) => (client.objects.get('services/demo/shop') as Service).spec?.selector;

describe('adopting', () => {
  it('writes each once, and again nothing', async () => {
    const client = cluster();
    const said: string[] = [];
    await adopted(client, said);
    expect(said).toEqual([
      'changed Service demo/shop',
      'made Deployment demo/shop-canary',
      'made RolloutPlan demo/shop',
    ]);
    expect(selector(client)).toEqual({ app: 'shop', version: 'v1' });
    await adopted(client, said);
    expect(said).toHaveLength(3);
  });

  it('stops where somebody has changed what was read, and goes on when it is called again', async () => {
    const client = cluster();
    const { steps } = adoptionOf(await readAdoption(client, SHOP, []), ASKED);
    client.put('services', service('shop', { app: 'shop', tier: 'web' }));
    const said: string[] = [];
    const making = { claim: 'demo/shop', patienceMs: 0, tell: (words: string) => said.push(words) };
    await expect(carryOut(client, steps, making)).rejects.toMatchObject({ reason: 'conflict' });
    expect(said).toEqual([]);
    expect([...client.objects.keys()].sort()).toEqual(['deployments/demo/shop', 'services/demo/shop']);
  });

  it('asks for a label in the Service only when all pods carry it', async () => {
    const client = cluster();
    const deployment = running();
    client.put('deployments', { ...deployment, status: { ...deployment.status, updatedReplicas: 1 } });
    const asked = { ...ASKED, mode: 'pods' as const };
    const { steps } = adoptionOf(await readAdoption(client, SHOP, []), asked);
    const making = { claim: 'demo/shop', patienceMs: 0, tell: () => {} };
    await expect(carryOut(client, steps, making)).rejects.toThrow('its new pods are not all available yet');
    expect(selector(client)).toEqual({ app: 'shop' });
    const labelled = client.objects.get('deployments/demo/shop') as ReturnType<typeof running>;
    client.put('deployments', { ...labelled, status: deployment.status });
    await carryOut(client, adoptionOf(await readAdoption(client, SHOP, []), asked).steps, making);
    expect(selector(client)).toEqual({ app: 'shop', 'sluice.dev/service': 'shop' });
  });

  it('is undone to what was there', async () => {
    const client = cluster();
    const before = structuredClone(selector(client));
    await adopted(client);
    await takeBack(client, undoSteps(await readUndo(client, SHOP, [])), () => {});
    expect([...client.objects.keys()].sort()).toEqual(['deployments/demo/shop', 'services/demo/shop']);
    expect(selector(client)).toEqual(before);
    expect(client.objects.get('services/demo/shop')?.metadata.annotations).not.toHaveProperty(['sluice.dev/adopted']);
  });
});
