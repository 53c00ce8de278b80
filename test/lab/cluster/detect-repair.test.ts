import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectRepair } from '../../../src/activities/reconcile/detect-repair.ts';
import { findLeftovers } from '../../../src/activities/reconcile/find-leftovers.ts';
import { scaleCanary } from '../../../src/activities/scale-canary.ts';
import { upgradePrimary } from '../../../src/activities/upgrade-primary.ts';
import type { Detected, NewRevision } from '../../../src/contract/detected.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { KubeClient } from '../../../src/kubernetes/client/client.ts';
import { ClusterError } from '../../../src/kubernetes/client/errors.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { deploymentRef } from '../../../src/kubernetes/objects/refs.ts';
import { readSnapshot } from '../../../src/kubernetes/writes/snapshot.ts';
import {
  type Bench,
  closeBench,
  detectInput,
  fenced,
  newRevision,
  openBench,
  read,
  startPrimary,
  until,
} from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => closeBench(bench));

/** A rollout that has got as far as a canary with one pod. */
async function lost(image = 'reviews:v2'): Promise<{ plan: Plan; detected: NewRevision }> {
  const plan = await startPrimary(bench);
  const detected = await newRevision(bench.client, plan, image);
  const { revision, epoch } = detected;
  await scaleCanary(bench.client, { ...fenced(plan, epoch, 1), revision, replicas: 1, template: true });
  return { plan, detected };
}

/** As the activity is retried: the primary's status may be written between reading and allocating. */
async function repair(plan: Plan, run = 'run-r', client: KubeClient = bench.client): Promise<Detected> {
  const { offer, ...input } = detectInput(plan, undefined, `reconcile/${plan.namespace}`, run);
  for (;;) {
    try {
      return await detectRepair({ client, clusterUid: 'uid' }, { ...input, offer: { ...offer, kind: 'repair' } });
    } catch (error) {
      if (!(error instanceof ClusterError && error.reason === 'conflict')) throw error;
    }
  }
}

function upgrade(plan: Plan, { epoch, revision, previous }: NewRevision, seq: number) {
  return upgradePrimary(bench.client, {
    ...fenced(plan, epoch, seq),
    revision,
    previous,
    replicas: 2,
  });
}

async function setImage(plan: Plan, image: string): Promise<void> {
  const path = '/spec/template/spec/containers/0/image';
  const ref = deploymentRef(plan.namespace, plan.workload.primary);
  await bench.client.patch(ref, [{ op: 'replace', path, value: image }]);
}

async function leftovers(): Promise<string[]> {
  const found = await findLeftovers(bench.client, [bench.namespace]);
  return found.leftovers.map(({ rollout, epoch, sentences }) => `${rollout} ${epoch}: ${sentences.join('; ')}`);
}

describe('a lost rollout', () => {
  it('is found by its running canary, and gets a number and a snapshot for its repair', async () => {
    const { plan, detected } = await lost();
    const ref = `Deployment ${bench.namespace}/reviews-v2`;
    expect(await leftovers()).toEqual([`reviews-1 1: ${ref} runs with 1 replica`]);
    const answer = await repair(plan);
    expect(answer).toMatchObject({
      kind: 'repair',
      epoch: 2,
      revision: detected.revision,
      previous: detected.previous,
      primaryReplicas: 2,
      left: { rollout: 'reviews-1', canaryReplicas: 1, written: ['route', 'canary'] },
    });
    expect(await readSnapshot(bench.client, plan, 2)).toMatchObject({ epoch: 2, previous: detected.previous });
    await expect(upgrade(plan, detected, 99)).rejects.toMatchObject({ kind: 'FenceRefused' });
  });

  it('is repaired once, however often and from wherever it is offered', async () => {
    const { plan } = await lost();
    const { client } = bench;
    const dying: KubeClient = { ...client, create: () => Promise.reject(new Error('the worker died')) };
    await expect(repair(plan, 'run-r', dying)).rejects.toThrow('died');
    const answer = await repair(plan);
    expect(answer).toMatchObject({ kind: 'repair', epoch: 2, left: { rollout: 'reviews-1' } });
    expect(await repair(plan)).toEqual(answer);
    expect(await repair(plan, 'another run')).toEqual({ kind: 'duplicate', rollout: 'reviews-2' });
  });

  it('that wrote nothing has left nothing', async () => {
    const plan = await startPrimary(bench);
    await newRevision(bench.client, plan, 'reviews:v2');
    expect(await leftovers()).toEqual([]);
    expect(await repair(plan)).toEqual({ kind: 'sound', sentence: 'Nothing is left of reviews-1.' });
  });

  it('whose users are on the upgraded primary keeps it', async () => {
    const { plan, detected } = await lost();
    await upgrade(plan, detected, 2);
    await until(async () => {
      const { status, metadata } = await read<Deployment>(
        bench.client,
        deploymentRef(bench.namespace, plan.workload.primary),
      );
      const { replicas, updatedReplicas, availableReplicas, observedGeneration } = status ?? {};
      return (
        [replicas, updatedReplicas, availableReplicas].every((n) => n === 2) &&
        observedGeneration === metadata.generation
      );
    });
    expect(await repair(plan)).toMatchObject({
      kind: 'repair',
      previous: { image: 'reviews:v2' },
      left: { written: ['route', 'canary'] },
    });
  });

  it('with a primary that is half upgraded goes back', async () => {
    const { plan, detected } = await lost('reviews:v2-never-ready');
    await upgrade(plan, detected, 2);
    expect(await repair(plan)).toMatchObject({
      previous: { image: 'reviews:v1' },
      left: { written: expect.arrayContaining(['primary']) },
    });
  });

  it('whose primary somebody has changed since keeps their change, and says so', async () => {
    const { plan } = await lost();
    await setImage(plan, 'reviews:v1-slow400ms');
    expect(await repair(plan)).toMatchObject({
      previous: { image: 'reviews:v1-slow400ms' },
      warnings: [expect.stringContaining('was changed by somebody since reviews-1; it stays as it is')],
      left: { written: ['route', 'canary'] },
    });
  });

  it('without a snapshot is left to people, with the reason', async () => {
    const plan = await startPrimary(bench);
    expect(await repair(plan)).toMatchObject({
      kind: 'refused',
      problems: [{ problem: expect.stringContaining('there is no snapshot') }],
    });
  });
});
