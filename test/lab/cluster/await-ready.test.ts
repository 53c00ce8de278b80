import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitReady } from '../../../src/activities/await-ready.ts';
import { scaleCanary } from '../../../src/activities/scale-canary.ts';
import { upgradePrimary } from '../../../src/activities/upgrade-primary.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { deploymentRef, podRef } from '../../../src/kubernetes/objects/refs.ts';
import { type Bench, closeBench, fenced, newRevision, openBench, quietRun, startPrimary } from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => closeBench(bench));

const deps = () => ({ client: bench.client, graceMs: 2000, lookAtPodsMs: 500 });

async function startCanary(image: string, replicas = 2) {
  const plan = await startPrimary(bench);
  const { epoch, revision } = await newRevision(bench.client, plan, image);
  await scaleCanary(bench.client, { ...fenced(plan, epoch, 1), revision, replicas, template: true });
  const { fence: _, ...target } = fenced(plan, epoch, 1);
  return { ...target, side: 'canary' as const, revision, replicas, timeoutMs: 40_000, stableMs: 300 };
}

describe('waiting for pods', () => {
  it('ends when all are ready, with the hash of their template', async () => {
    const input = await startCanary('reviews:v2');
    const result = await awaitReady(deps(), input, quietRun());
    expect(result).toMatchObject({ ready: true, replicas: 2, sentence: '2 of 2 pods of reviews-v2 are ready' });
    const { name: _, ...pods } = podRef(bench.namespace, '');
    const labelSelector = `version=v2,pod-template-hash=${result.ready ? result.podHash : ''}`;
    expect(await bench.client.list<KubeObject>(pods, { labelSelector })).toHaveLength(2);
  });

  it('waits for the old pods of an upgrade to be gone', async () => {
    const plan = await startPrimary(bench);
    const { epoch, revision, previous } = await newRevision(bench.client, plan, 'reviews:v2');
    const target = { ...fenced(plan, epoch, 1), revision, replicas: 2 };
    await upgradePrimary(bench.client, { ...target, previous });
    const input = { ...target, side: 'primary' as const, timeoutMs: 40_000, stableMs: 0 };
    expect(await awaitReady(deps(), input, quietRun())).toMatchObject({ ready: true, replicas: 2 });
    const { name: _, ...pods } = podRef(bench.namespace, '');
    const all = await bench.client.list<KubeObject>(pods, { labelSelector: 'version=v1' });
    const images = all
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map((pod) => (pod.spec as { containers: { image: string }[] }).containers[0]?.image);
    expect(images).toEqual(['reviews:v2', 'reviews:v2']);
  });

  it('does not take the ready pods of another revision for it', async () => {
    const input = await startCanary('reviews:v2');
    const other = { ...input, revision: { ...input.revision, id: '0000000000' }, timeoutMs: 1500 };
    const result = await awaitReady(deps(), other, quietRun());
    expect(result).toMatchObject({
      ready: false,
      sentence: expect.stringContaining('does not have revision 0000000000'),
    });
  });

  it.each([
    ['an image that cannot be pulled', 'reviews:v2-pull-error', 'image reviews:v2-pull-error of'],
    ['a crash loop', 'reviews:v2-crash', 'crashes, '],
  ])('gives up early on %s, and names it', async (_, image, words) => {
    // The crashing image is ready for a second each time: only pods that stay ready count.
    const input = { ...(await startCanary(image, 1)), stableMs: 3000 };
    const begin = performance.now();
    const result = await awaitReady(deps(), input, quietRun());
    expect(result).toMatchObject({ ready: false, replicas: 0, sentence: expect.stringContaining(words) });
    expect(performance.now() - begin).toBeLessThan(input.timeoutMs);
  });

  it('names the readiness probe at the end of its time, and tells progress meanwhile', async () => {
    const input = await startCanary('reviews:v2-never-ready', 1);
    const run = quietRun();
    const result = await awaitReady(deps(), { ...input, timeoutMs: 5000 }, run);
    expect(result).toMatchObject({ ready: false, sentence: expect.stringContaining('GET /health on port 9080') });
    expect(run.said.length).toBeGreaterThan(2);
  });

  it('names a quota that lets no pod in', async () => {
    const { client, namespace } = bench;
    const quota = { apiVersion: 'v1', resource: 'resourcequotas', kind: 'ResourceQuota', namespace, name: 'none' };
    await startPrimary(bench);
    await client.create(quota, { metadata: { name: 'none' }, spec: { hard: { pods: '2' } } });
    const input = await startCanaryOf();
    const result = await awaitReady(deps(), input, quietRun());
    expect(result).toMatchObject({
      ready: false,
      sentence: expect.stringMatching(/pods cannot be created.*exceeded quota/),
    });
    await client.delete(quota);
  });

  it('ends at once when it is cancelled', async () => {
    const input = await startCanary('reviews:v2-never-ready', 1);
    const stop = new AbortController();
    const waiting = awaitReady(deps(), input, { ...quietRun(), signal: stop.signal });
    setTimeout(() => stop.abort(new Error('cancelled')), 200);
    await expect(waiting).rejects.toThrow('cancelled');
  });

  it('says that the Deployment is gone', async () => {
    const input = await startCanary('reviews:v2', 1);
    await bench.client.delete(deploymentRef(bench.namespace, 'reviews-v2'));
    const result = await awaitReady(deps(), { ...input, timeoutMs: 10_000 }, quietRun());
    expect(result).toMatchObject({ ready: false, sentence: expect.stringContaining('does not exist') });
  });
});

/** A canary beside the primary that is there. */
async function startCanaryOf() {
  const { plan } = bench;
  const { epoch, revision } = await newRevision(bench.client, plan, 'reviews:v2');
  await scaleCanary(bench.client, { ...fenced(plan, epoch, 1), revision, replicas: 1, template: true });
  const { fence: _, ...target } = fenced(plan, epoch, 1);
  return { ...target, side: 'canary' as const, revision, replicas: 1, timeoutMs: 20_000, stableMs: 0 };
}
