import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundAutoscaler } from '../../../src/activities/bound-autoscaler.ts';
import { raiseFence } from '../../../src/activities/raise-fence.ts';
import { restorePrimary } from '../../../src/activities/restore-primary.ts';
import { scaleCanary } from '../../../src/activities/scale-canary.ts';
import { scaleCanaryToZero } from '../../../src/activities/scale-canary-to-zero.ts';
import { upgradePrimary } from '../../../src/activities/upgrade-primary.ts';
import type { NewRevision } from '../../../src/contract/detected.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { KubeClient, KubeObject, PatchOperation } from '../../../src/kubernetes/client/client.ts';
import { OWNER } from '../../../src/kubernetes/objects/annotations.ts';
import { type Autoscaler, boundsOf } from '../../../src/kubernetes/objects/autoscalers.ts';
import { configHash } from '../../../src/kubernetes/objects/config.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { autoscalerRef, configMapRef, deploymentRef } from '../../../src/kubernetes/objects/refs.ts';
import { revisionIdOf } from '../../../src/kubernetes/objects/revisions.ts';
import { fencedPatch } from '../../../src/kubernetes/writes/fenced-patch.ts';
import { readSnapshot } from '../../../src/kubernetes/writes/snapshot.ts';
import {
  autoscaler,
  type Bench,
  closeBench,
  fenced,
  newRevision,
  offerImage,
  openBench,
  read,
  startPrimary,
} from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => closeBench(bench));

const primary = () => read<Deployment>(bench.client, deploymentRef(bench.namespace, 'reviews-v1'));
const canary = () => read<Deployment>(bench.client, deploymentRef(bench.namespace, 'reviews-v2'));
const hpa = (name: string) => read<Autoscaler>(bench.client, autoscalerRef(bench.namespace, name));

async function begin(image: string | undefined = 'reviews:v2'): Promise<{ plan: Plan; detected: NewRevision }> {
  const plan = await startPrimary(bench);
  return { plan, detected: await newRevision(bench.client, plan, image) };
}

function scaleInput(plan: Plan, { epoch, revision }: NewRevision, seq: number, replicas: number, template = false) {
  return { ...fenced(plan, epoch, seq), revision, replicas, template };
}

function upgradeInput(plan: Plan, { epoch, revision, previous }: NewRevision, seq: number, replicas = 2) {
  return { ...fenced(plan, epoch, seq), revision, previous, replicas };
}

describe('scaling the canary', () => {
  it('makes it from the primary, with its own identity and the same revision', async () => {
    const { plan, detected } = await begin();
    await scaleCanary(bench.client, scaleInput(plan, detected, 1, 1, true));
    const made = await canary();
    expect(made.spec.replicas).toBe(1);
    expect(made.spec.selector.matchLabels).toEqual({ app: 'reviews', version: 'v2' });
    expect(made.metadata.labels).toEqual({ app: 'reviews', version: 'v2' });
    expect(made.metadata.annotations?.[OWNER]).toBe(`${bench.namespace}/reviews`);
    const { metadata, spec } = made.spec.template;
    expect(metadata?.labels).toEqual({ app: 'reviews', version: 'v2', team: 'books' });
    expect(metadata?.annotations).toEqual({
      'example.com/note': 'kept',
      'sluice.dev/config': configHash(detected.revision.config),
    });
    expect(spec.containers[0]?.image).toBe('reviews:v2');
    expect(JSON.stringify(spec.affinity)).toContain('"version":"v2"');
    expect(JSON.stringify(spec.topologySpreadConstraints)).not.toContain('"version":"v1"');

    const { identityKeys } = await readSnapshot(bench.client, plan, detected.epoch);
    expect(revisionIdOf(made.spec.template, identityKeys)).toBe(detected.revision.id);
    expect((await primary()).spec.template.spec.containers[0]?.image).toBe('reviews:v1');
  });

  it('confirms a repeated write, never shrinks, and refuses a late one', async () => {
    const { plan, detected } = await begin();
    const { client } = bench;
    await scaleCanary(client, scaleInput(plan, detected, 1, 2, true));
    const written = await canary();
    await scaleCanary(client, scaleInput(plan, detected, 1, 2, true));
    expect((await canary()).metadata.generation).toBe(written.metadata.generation);
    await scaleCanary(client, scaleInput(plan, detected, 2, 1));
    expect((await canary()).spec.replicas).toBe(2);
    await expect(scaleCanary(client, scaleInput(plan, detected, 1, 5))).rejects.toMatchObject({ kind: 'FenceRefused' });
    expect((await canary()).spec.replicas).toBe(2);
  });

  it('overwrites the template of an existing canary, identity labels apart', async () => {
    const { plan, detected } = await begin();
    await scaleCanary(bench.client, scaleInput(plan, detected, 1, 1, true));
    await scaleCanaryToZero(bench.client, fenced(plan, 1, 2));
    const next = await newRevision(bench.client, plan, 'reviews:v3');
    await scaleCanary(bench.client, scaleInput(plan, next, 1, 1, true));
    const { spec } = await canary();
    expect(spec.template.spec.containers[0]?.image).toBe('reviews:v3');
    expect(spec.template.metadata?.labels).toMatchObject({ version: 'v2' });
  });

  it("raises an active autoscaler's minimum instead of the replicas", async () => {
    const { plan, detected } = await begin();
    const { client, namespace } = bench;
    await client.create(autoscalerRef(namespace, 'reviews-v2'), autoscaler(plan, 'reviews-v2', 1, 2));
    const bounds = { name: 'reviews-v2', min: 1, max: 2 };
    await scaleCanary(client, { ...scaleInput(plan, detected, 1, 1, true), autoscaler: bounds });
    expect((await canary()).spec.replicas).toBe(1);
    const hold = (await canary()).metadata.generation;
    await scaleCanary(client, { ...scaleInput(plan, detected, 2, 3), autoscaler: bounds });
    expect(boundsOf(await hpa('reviews-v2'))).toEqual({ name: 'reviews-v2', min: 3, max: 3 });
    // The autoscaler may have answered already; we have not written replicas.
    expect([hold, (hold ?? 0) + 1]).toContain((await canary()).metadata.generation);
  });
});

describe('autoscaler bounds', () => {
  it("makes the canary's from the primary's, growing at least as far, once", async () => {
    const { plan, detected } = await begin();
    const { client, namespace } = bench;
    await client.create(autoscalerRef(namespace, 'reviews-v1'), autoscaler(plan, 'reviews-v1', 2, 7));
    await scaleCanary(client, scaleInput(plan, detected, 1, 1, true));
    const input = { ...fenced(plan, 1, 2), side: 'canary' as const, bounds: { min: 1, max: 4 } };
    const uids = { [`HorizontalPodAutoscaler ${namespace}/reviews-v2`]: expect.any(String) };
    const expected = { autoscaler: { name: 'reviews-v2', min: 1, max: 7 }, uids };
    expect(await boundAutoscaler(client, input)).toEqual(expected);
    expect(await boundAutoscaler(client, input)).toEqual(expected);
    const made = await hpa('reviews-v2');
    expect(made.spec.scaleTargetRef.name).toBe('reviews-v2');
    expect(made.spec.metrics).toEqual((await hpa('reviews-v1')).spec.metrics);
    expect(made.metadata.ownerReferences).toMatchObject([{ kind: 'Deployment', name: 'reviews-v2' }]);
    await expect(boundAutoscaler(client, { ...input, ...fenced(plan, 1, 1) })).rejects.toMatchObject({
      kind: 'FenceRefused',
    });
  });

  it("sets the primary's, and has nothing to set without one", async () => {
    const { plan } = await begin();
    const { client, namespace } = bench;
    const input = { ...fenced(plan, 1, 2), side: 'primary' as const, bounds: { min: 3, max: 9 } };
    expect(await boundAutoscaler(client, input)).toEqual({});
    expect(await boundAutoscaler(client, { ...input, side: 'canary' })).toEqual({});
    await client.create(autoscalerRef(namespace, 'reviews-v1'), autoscaler(plan, 'reviews-v1', 2, 7));
    expect(await boundAutoscaler(client, input)).toMatchObject({ autoscaler: { name: 'reviews-v1', min: 3, max: 9 } });
  });
});

describe('the primary', () => {
  it('gets exactly the tested template, and its previous one back', async () => {
    const { plan, detected } = await begin();
    const { client } = bench;
    const before = await primary();
    expect(await upgradePrimary(client, upgradeInput(plan, detected, 5, 3))).toEqual({
      kind: 'written',
      image: 'reviews:v2',
      warning: expect.stringContaining('do not report one digest'),
    });
    const after = await primary();
    const { newTemplate } = await readSnapshot(client, plan, detected.epoch);
    expect(after.spec.template).toEqual(newTemplate);
    expect(after.spec.replicas).toBe(3);
    expect(await upgradePrimary(client, upgradeInput(plan, detected, 5, 3))).toEqual({
      kind: 'written',
    });
    expect((await primary()).metadata.generation).toBe(after.metadata.generation);

    await restorePrimary(client, { ...fenced(plan, 1, 6), previous: detected.previous });
    expect((await primary()).spec.template).toEqual(before.spec.template);
    await expect(upgradePrimary(client, upgradeInput(plan, detected, 5))).rejects.toMatchObject({
      kind: 'FenceRefused',
    });
  });

  it('is then recognised as running the revision', async () => {
    const { plan, detected } = await begin();
    await upgradePrimary(bench.client, upgradeInput(plan, detected, 1));
    expect(await offerImage(bench.client, plan, 'reviews:v2')).toEqual({
      kind: 'unchanged',
      revision: detected.revision,
      unseen: expect.stringContaining('no digest'),
    });
    expect(await offerImage(bench.client, plan)).toMatchObject({ kind: 'unchanged' });
    const settings = configMapRef(bench.namespace, 'settings');
    await bench.client.create(settings, { metadata: { name: 'settings' }, data: { a: '1' } });
    const changed = await newRevision(bench.client, plan);
    expect(changed.previous).toEqual(detected.revision);
  });

  it.each([
    ['upgraded', upgradePrimary],
    ['restored', restorePrimary],
  ] as const)("is not %s over somebody else's change, which is told", async (_, write) => {
    const { plan, detected } = await begin();
    const image: PatchOperation = {
      op: 'replace',
      path: '/spec/template/spec/containers/0/image',
      value: 'reviews:hotfix',
    };
    await bench.client.patch(deploymentRef(bench.namespace, 'reviews-v1'), [image]);
    const text = await write(bench.client, upgradeInput(plan, detected, 5)).then(JSON.stringify, String);
    expect(text).toContain('was changed by somebody during the rollout: it has image reviews:hotfix');
    expect((await primary()).spec.template.spec.containers[0]?.image).toBe('reviews:hotfix');
  });

  it('is upgraded in spite of a controller that writes it all the time', async () => {
    const { plan, detected } = await begin();
    const { client } = bench;
    const ref = deploymentRef(bench.namespace, 'reviews-v1');
    let stop = false;
    const noise = (async () => {
      for (let n = 0; !stop; n += 1) {
        await client.patch(ref, [{ op: 'add', path: '/metadata/annotations/noise', value: String(n) }]);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    await upgradePrimary(client, upgradeInput(plan, detected, 5));
    stop = true;
    await noise;
    expect((await primary()).metadata.annotations?.noise).toBeDefined();
    expect((await primary()).spec.template.spec.containers[0]?.image).toBe('reviews:v2');
  });
});

describe('raising the fence', () => {
  it('stops earlier writes and tells whether the template was touched', async () => {
    const { plan, detected } = await begin();
    const { client } = bench;
    const input = (seq: number) => ({ ...fenced(plan, 1, seq), revision: detected.revision });
    expect(await raiseFence(client, input(8))).toEqual({ touched: false });
    await expect(upgradePrimary(client, upgradeInput(plan, detected, 6))).rejects.toMatchObject({
      kind: 'FenceRefused',
    });
    await upgradePrimary(client, upgradeInput(plan, detected, 9));
    expect(await raiseFence(client, input(10))).toEqual({ touched: true });
  });
});

describe('scaling down', () => {
  it('goes to zero, puts the bounds back, and is done when there is nothing', async () => {
    const { plan, detected } = await begin();
    const { client, namespace } = bench;
    await scaleCanaryToZero(client, fenced({ ...plan, workload: { ...plan.workload, canary: 'nobody' } }, 1, 1));
    await scaleCanary(client, scaleInput(plan, detected, 2, 1, true));
    await client.create(autoscalerRef(namespace, 'reviews-v2'), autoscaler(plan, 'reviews-v2', 1, 2));
    await scaleCanary(client, scaleInput(plan, detected, 3, 3));
    expect(boundsOf(await hpa('reviews-v2'))).toMatchObject({ min: 3, max: 3 });
    await scaleCanaryToZero(client, { ...fenced(plan, 1, 4), autoscaler: { name: 'reviews-v2', min: 1, max: 2 } });
    expect((await canary()).spec.replicas).toBe(0);
    expect(boundsOf(await hpa('reviews-v2'))).toMatchObject({ min: 1, max: 2 });
  });
});

describe('a fenced patch', () => {
  const ref = () => configMapRef(bench.namespace, 'fenced');
  const as = (seq: number, owner = 'reviews') => ({ owner, namespace: bench.namespace, fence: { epoch: 1, seq } });
  const set = (value: string) => ({
    change: (): PatchOperation[] => [{ op: 'add', path: '/data', value: { value } }],
    isDone: (object: KubeObject) => JSON.stringify(object.data) === JSON.stringify({ value }),
  });

  it('does not reach an object that was made anew, also when that happens after it was read', async () => {
    const { client, namespace } = bench;
    const name = `ConfigMap ${namespace}/fenced`;
    const { metadata } = await client.create<KubeObject>(ref(), { metadata: { name: 'fenced' } });
    const anew = async () => {
      await client.delete(ref());
      await client.create(ref(), { metadata: { name: 'fenced' } });
    };
    const patch: KubeClient['patch'] = async (at, operations) => {
      await anew();
      return client.patch(at, operations);
    };
    const bound = { ...as(1), uids: { [name]: metadata.uid ?? '' } };
    const asked = fencedPatch(Object.assign(Object.create(client), { patch }), ref(), bound, set('x'));
    const found = await asked.catch((error: unknown) => error);
    const now = await read<KubeObject>(client, ref());
    expect(found).toMatchObject({ kind: 'Recreated', detail: { [name]: now.metadata.uid } });
    expect(now.data).toBeUndefined();
    await client.delete(ref());
  });

  it('finds out what became of a write whose answer was lost', async () => {
    const { client } = bench;
    await client.create(ref(), { metadata: { name: 'fenced' } });
    const cut: KubeClient = {
      ...client,
      patch: async (...call) => {
        await client.patch(...call);
        throw new Error('the connection was cut');
      },
    };
    await expect(fencedPatch(cut, ref(), as(1), set('a'))).rejects.toThrow('cut');
    expect((await fencedPatch(client, ref(), as(1), set('a'))).kind).toBe('confirmed');
    await client.patch(ref(), [{ op: 'replace', path: '/data/value', value: 'somebody' }]);
    expect((await fencedPatch(client, ref(), as(1), set('a'))).kind).toBe('changed');
    expect((await fencedPatch(client, ref(), as(2), set('b'))).kind).toBe('written');
  });

  it("names the owner of another plan's object", async () => {
    await expect(fencedPatch(bench.client, ref(), as(9, 'ratings'), set('c'))).rejects.toMatchObject({
      kind: 'ClaimRefused',
      message: expect.stringContaining(`belongs to plan ${bench.namespace}/reviews`),
    });
  });

  it('lets exactly the highest of simultaneous writes win', async () => {
    const writes = [11, 12, 13, 14].map((seq) => fencedPatch(bench.client, ref(), as(seq), set(String(seq))));
    await Promise.allSettled(writes);
    const object = await read<{ metadata: { name: string }; data: unknown }>(bench.client, ref());
    expect(object.data).toEqual({ value: '14' });
  });
});
