import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detect } from '../../../src/activities/detect.ts';
import type { Detected } from '../../../src/contract/detected.ts';
import type { KubeClient } from '../../../src/kubernetes/client/client.ts';
import { EPOCH, OWNER, storedDeliveries } from '../../../src/kubernetes/objects/annotations.ts';
import { revisionKey } from '../../../src/kubernetes/objects/config.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { configMapRef, deploymentRef, secretRef } from '../../../src/kubernetes/objects/refs.ts';
import { listSnapshots, readSnapshot } from '../../../src/kubernetes/writes/snapshot.ts';
import {
  autoscaler,
  type Bench,
  closeBench,
  deployment,
  detectInput,
  newRevision,
  noRoutes,
  offerImage,
  openBench,
  planFor,
  prometheus,
  read,
  startPrimary,
  turns,
} from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => closeBench(bench));

function problemsOf(detected: Detected): string[] {
  return detected.kind === 'refused' ? detected.problems.map(({ where, problem }) => `${where}: ${problem}`) : [];
}

describe("a plan's own query", () => {
  const offerQuery = async (query: string) => {
    const plan = await startPrimary(bench);
    const checks = [{ name: 'own', query, max: 1 }];
    return offerImage(bench.client, { ...plan, analysis: { ...plan.analysis, checks } }, 'reviews:v2');
  };

  it('is refused with the error of Prometheus, before anything is written', async () => {
    expect(problemsOf(await offerQuery('rate(up{pod=~"{{pods}}"})'))).toEqual([
      expect.stringMatching(/^check own: Prometheus refused the query \(HTTP 400\): .*expected type range vector/),
    ]);
    expect(problemsOf(await offerQuery('scalar(vector(1)) + 1 > bool scalar(sum(up{pod=~"{{pods}}"}))'))).toEqual([
      'check own: an instant vector is wanted, Prometheus answered with a scalar',
    ]);
    expect(problemsOf(await offerQuery('count by (__name__) ({__name__=~"up|scrape_.*", pod!~"{{pods}}"})'))).toEqual([
      expect.stringMatching(/^check own: the query gives \d+ series where one number is wanted$/),
    ]);
  });

  it('may have no data yet', async () => {
    expect(await offerQuery('sum(nobody{pod=~"{{pods}}"})')).toMatchObject({ kind: 'new' });
  });
});

describe('a deploy event', () => {
  it('gets the next epoch, stored with its delivery and claim, and a snapshot', async () => {
    const plan = await startPrimary(bench);
    const first = await newRevision(bench.client, plan, 'reviews:v2');
    expect(first).toMatchObject({ epoch: 1, primaryReplicas: 2, autoscalers: {}, revision: { image: 'reviews:v2' } });
    expect(first.revision.id).toMatch(/^[0-9a-f]{10}$/);
    expect(first.previous).toMatchObject({ image: 'reviews:v1' });

    const primary = await read<Deployment>(bench.client, deploymentRef(bench.namespace, 'reviews-v1'));
    expect(primary.metadata.annotations).toMatchObject({ [EPOCH]: '1', [OWNER]: `${bench.namespace}/reviews` });
    expect(storedDeliveries(primary)).toMatchObject([{ epoch: 1 }]);
    const snapshot = await readSnapshot(bench.client, plan, 1);
    expect(snapshot.previousTemplate).toEqual(primary.spec.template);
    expect(snapshot.newTemplate.spec.containers[0]?.image).toBe('reviews:v2');

    expect((await newRevision(bench.client, plan, 'reviews:v3')).epoch).toBe(2);
  });

  it('gets the same answer again in the same run, and starts nothing in another', async () => {
    const plan = await startPrimary(bench);
    const deps = { client: bench.client, clusterUid: 'uid', inspectRoutes: noRoutes, prometheus, turns };
    const first = await detect(deps, detectInput(plan, 'reviews:v2', 'hub/7', 'run-a'));
    expect(await detect(deps, detectInput(plan, 'reviews:v2', 'hub/7', 'run-a'))).toEqual(first);
    expect(await detect(deps, detectInput(plan, 'reviews:v2', 'hub/7', 'run-b'))).toEqual({
      kind: 'duplicate',
      rollout: 'reviews-1',
    });
  });

  it('finishes a detection that died between its two writes, under the same epoch', async () => {
    const plan = await startPrimary(bench);
    const { client } = bench;
    const dying: KubeClient = { ...client, create: () => Promise.reject(new Error('the worker died')) };
    const input = detectInput(plan, 'reviews:v2', 'hub/8', 'run-a');
    await expect(
      detect({ client: dying, clusterUid: 'uid', inspectRoutes: noRoutes, prometheus, turns }, input),
    ).rejects.toThrow('died');
    expect(await listSnapshots(client, plan)).toEqual([]);
    expect(
      await detect({ client, clusterUid: 'uid', inspectRoutes: noRoutes, prometheus, turns }, input),
    ).toMatchObject({
      kind: 'new',
      epoch: 1,
    });
    expect(await listSnapshots(client, plan)).toHaveLength(1);
  });

  it('that stood still gets no number after a run that started later', async () => {
    const plan = await startPrimary(bench);
    const deps = { client: bench.client, clusterUid: 'uid', inspectRoutes: noRoutes, prometheus, turns };
    const early = detectInput(plan, 'reviews:v2', 'hub/9', 'run-a', '2026-11-27T09:00:00.000Z');
    const late = detectInput(plan, 'reviews:v3', 'hub/10', 'run-b', '2026-11-27T09:00:00.500Z');
    expect(await detect(deps, late)).toMatchObject({ kind: 'new', epoch: 1 });
    await expect(detect(deps, early)).rejects.toMatchObject({
      kind: 'FenceRefused',
      message: `Deployment ${plan.namespace}/reviews-v1 was given to a rollout that started later, number 1; nothing was written`,
    });
    const primary = await read<Deployment>(bench.client, deploymentRef(plan.namespace, 'reviews-v1'));
    expect(storedDeliveries(primary)).toHaveLength(1);
  });

  it('that was issued a minute before one that was taken is refused, and an unproven one is as it was', async () => {
    const plan = await startPrimary(bench);
    const deps = { client: bench.client, clusterUid: 'uid', inspectRoutes: noRoutes, prometheus, turns };
    const at = (time: string, image: string) =>
      detect({ ...deps, issuedAt: `2026-11-27T09:${time}.000Z` }, detectInput(plan, image, `hub/${time}`, time));
    expect(await at('05:00', 'reviews:v2')).toMatchObject({ kind: 'new', epoch: 1 });
    expect(await at('04:00', 'reviews:v3')).toMatchObject({ kind: 'new', epoch: 2 });
    expect(problemsOf(await at('03:59', 'reviews:v4'))).toEqual([
      'the offer hub/03:59: it was issued at 2026-11-27T09:03:59.000Z, and one of 2026-11-27T09:05:00.000Z was taken already',
    ]);
    expect(await at('05:00', 'reviews:v2')).toMatchObject({ kind: 'new', epoch: 1 });
    expect(await detect(deps, detectInput(plan, 'reviews:v5', 'hub/11', 'e'))).toMatchObject({ kind: 'new', epoch: 3 });
  });

  it('gives simultaneous offers different epochs', async () => {
    const plan = await startPrimary(bench);
    const all = await Promise.all([2, 3, 4, 5].map((n) => newRevision(bench.client, plan, `reviews:v${n}`)));
    expect(all.map(({ epoch }) => epoch).sort()).toEqual([1, 2, 3, 4]);
  });

  it('is unchanged when the primary runs the image already', async () => {
    const plan = await startPrimary(bench);
    expect(await offerImage(bench.client, plan, 'reviews:v1')).toMatchObject({ kind: 'unchanged' });
    const primary = await read<Deployment>(bench.client, deploymentRef(bench.namespace, 'reviews-v1'));
    expect(primary.metadata.annotations?.[EPOCH]).toBeUndefined();
  });

  it('counts epochs on from whatever object of the plan knows the highest', async () => {
    const plan = await startPrimary(bench);
    const routes = async () => ({ found: { rules: [] }, uids: {}, problems: [], warnings: ['careful'], epoch: 41 });
    expect(await offerImage(bench.client, plan, 'reviews:v2', routes)).toMatchObject({
      epoch: 42,
      warnings: expect.arrayContaining(['careful']),
    });
    expect((await newRevision(bench.client, plan, 'reviews:v3')).epoch).toBe(43);
  });

  it('keeps the snapshots of the last ten rollouts', async () => {
    const plan = await startPrimary(bench);
    for (let n = 0; n < 12; n += 1) await newRevision(bench.client, plan, `reviews:v${n}00`);
    const epochs = (await listSnapshots(bench.client, plan)).map(({ epoch }) => epoch);
    expect(epochs.sort((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('takes at most 12 requests besides the writes that it tries, and little time', async () => {
    const plan = await startPrimary(bench);
    const { client } = bench;
    let [requests, tried] = [0, 0];
    const counted = <A extends unknown[], R>(call: (...args: A) => R): ((...args: A) => R) => {
      return (...args) => {
        if (isDeepStrictEqual(args.at(-1), { dryRun: true })) tried += 1;
        else requests += 1;
        return call(...args);
      };
    };
    const { get, list, create, patch } = client;
    const calls = { get: counted(get), list: counted(list), create: counted(create), patch: counted(patch) };
    const counting = { ...client, ...calls } as typeof client;
    const begin = performance.now();
    expect((await offerImage(counting, plan, 'reviews:v2')).kind).toBe('new');
    const elapsed = performance.now() - begin;
    console.info(`${requests} requests, ${tried} writes tried`);
    expect(requests).toBeLessThanOrEqual(12);
    expect(tried).toBeGreaterThan(3);
    expect(tried).toBeLessThanOrEqual(10);
    expect(elapsed).toBeLessThan(1000);
  });
});

describe('configuration', () => {
  it('that was never rolled out by Sluice rolls out once on an event without an image', async () => {
    const plan = await startPrimary(bench);
    expect(await offerImage(bench.client, plan, 'reviews:v1')).toMatchObject({ kind: 'unchanged' });
    const detected = await newRevision(bench.client, plan);
    expect(detected.revision).toMatchObject({ image: 'reviews:v1', config: [{ name: 'settings', hash: 'absent' }] });
    expect(detected.warnings.join()).toContain('only configuration changed');
  });

  it('is part of the revision: another content is another id', async () => {
    const plan = await startPrimary(bench);
    const ref = configMapRef(bench.namespace, 'settings');
    await bench.client.create(ref, { metadata: { name: 'settings' }, data: { colour: 'red' } });
    const red = await newRevision(bench.client, plan, 'reviews:v2');
    await bench.client.patch(ref, [{ op: 'replace', path: '/data/colour', value: 'blue' }]);
    const blue = await newRevision(bench.client, plan, 'reviews:v2');
    expect(blue.revision.id).not.toBe(red.revision.id);
    await bench.client.patch(ref, [{ op: 'replace', path: '/data/colour', value: 'red' }]);
    expect((await newRevision(bench.client, plan, 'reviews:v2')).revision).toEqual(red.revision);
  });

  it('that is missing is a problem, and a Secret never shows its content', async () => {
    const plan = await startPrimary(bench);
    const ref = deploymentRef(bench.namespace, 'reviews-v1');
    const env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'key', key: 'key' } } }];
    await bench.client.patch(ref, [{ op: 'add', path: '/spec/template/spec/containers/0/env', value: env }]);
    const refused = await offerImage(bench.client, plan, 'reviews:v2');
    expect(problemsOf(refused).join()).toContain(`Secret ${bench.namespace}/key: the pod template uses it`);

    const data = { key: Buffer.from('very secret').toString('base64') };
    await bench.client.create(secretRef(bench.namespace, 'key'), { metadata: { name: 'key' }, data });
    const keys = [revisionKey('k1', 'a key of this test that is long enough')];
    const detected = await offerImage(bench.client, plan, 'reviews:v2', noRoutes, keys);
    expect(detected).toMatchObject({ kind: 'new' });
    if (detected.kind !== 'new') return;
    expect(detected.revision.config.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'ConfigMap settings',
      'Secret key',
    ]);
    expect(JSON.stringify(detected)).not.toContain('secret');
    expect(JSON.stringify(detected)).not.toContain(data.key);
    await bench.client.delete(secretRef(bench.namespace, 'key'));
  });
});

describe('the preflight', () => {
  it('tells all problems at once, and writes nothing', async () => {
    const plan = await startPrimary(bench);
    const { client, namespace } = bench;
    await client.create(deploymentRef(namespace, 'reviews-v2'), deployment(plan, 'reviews-v2', 'v2', 'reviews:v2', 1));
    await client.patch(deploymentRef(namespace, 'reviews-v1'), [
      { op: 'add', path: '/metadata/annotations/sluice.dev~1owner', value: 'other/plan' },
      { op: 'add', path: '/spec/paused', value: true },
    ]);
    const before = await read<Deployment>(client, deploymentRef(namespace, 'reviews-v1'));
    const picky = { ...plan, workload: { ...plan.workload, containers: ['nobody'] } };
    const problems = problemsOf(await offerImage(client, picky, 'reviews:v2')).join('\n');
    expect(problems).toContain('belongs to plan other/plan');
    expect(problems).toContain('is paused');
    expect(problems).toContain('runs already with 1 replicas');
    expect(problems).toContain('no container nobody');
    const after = await read<Deployment>(client, deploymentRef(namespace, 'reviews-v1'));
    expect(after.metadata.annotations).toEqual(before.metadata.annotations);
  });

  it('accepts a running canary when the plan says so', async () => {
    const plan = await startPrimary(bench);
    const canary = deployment(plan, 'reviews-v2', 'v2', 'reviews:v2', 1);
    await bench.client.create(deploymentRef(bench.namespace, 'reviews-v2'), canary);
    const adopting = { ...plan, workload: { ...plan.workload, adoptRunning: true } };
    expect(await offerImage(bench.client, adopting, 'reviews:v2')).toMatchObject({ kind: 'new' });
  });

  it('refuses two Deployments that would fight over pods, and two autoscalers over one Deployment', async () => {
    const plan = await startPrimary(bench);
    const { client, namespace } = bench;
    const clash = { ...plan, workload: { ...plan.workload, canaryLabels: { track: 'canary' } } };
    expect(problemsOf(await offerImage(client, clash, 'reviews:v2')).join()).toContain("matches the canary's pods");

    const second = { ...autoscaler(plan, 'reviews-v1', 1, 3), metadata: { name: 'second' } };
    const hpa = { apiVersion: 'autoscaling/v2', resource: 'horizontalpodautoscalers', kind: 'HorizontalPodAutoscaler' };
    await client.create({ ...hpa, namespace, name: 'second' }, second);
    await client.create({ ...hpa, namespace, name: 'reviews-v1' }, autoscaler(plan, 'reviews-v1', 1, 3));
    expect(problemsOf(await offerImage(client, plan, 'reviews:v2')).join()).toContain('several autoscalers scale it');
    await client.delete({ ...hpa, namespace, name: 'second' });
  });

  it('says that the primary is missing', async () => {
    const problems = problemsOf(await offerImage(bench.client, planFor(bench.namespace, 'nobody'), 'nobody:v2'));
    expect(problems).toEqual([`Deployment ${bench.namespace}/nobody-v1: it does not exist`]);
  });
});
