/** What a real API server, its controllers and real pods make of workloads that are not plain. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitReady } from '../../../src/activities/await-ready.ts';
import { runAcceptance } from '../../../src/activities/run-acceptance.ts';
import { scaleCanary } from '../../../src/activities/scale-canary.ts';
import { upgradePrimary } from '../../../src/activities/upgrade-primary.ts';
import type { JobTest } from '../../../src/contract/plan.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { deploymentRef, jobRef, podRef } from '../../../src/kubernetes/objects/refs.ts';
import {
  type Bench,
  closeBench,
  deployment,
  fenced,
  newRevision,
  openBench,
  quietRun,
  read,
  startPrimary,
  until,
} from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => closeBench(bench));

/** A ready canary, and what its tests are given. */
async function readyCanary() {
  const plan = await startPrimary(bench);
  const { epoch, revision, previous } = await newRevision(bench.client, plan, 'reviews:v2');
  await scaleCanary(bench.client, { ...fenced(plan, epoch, 1), revision, replicas: 1, template: true });
  const { fence: _, ...target } = fenced(plan, epoch, 1);
  const wait = { ...target, side: 'canary' as const, revision, replicas: 1, timeoutMs: 40_000, stableMs: 0 };
  const ready = await awaitReady({ client: bench.client }, wait, quietRun());
  if (!ready.ready) throw new Error(ready.sentence);
  return { plan, target, podHash: ready.podHash, revision, previous, epoch };
}

describe('acceptance by job', () => {
  const curl = (...args: string[]): JobTest => ({
    name: 'smoke',
    job: { template: { spec: { containers: [{ name: 'curl', image: 'curlimages/curl:8.9.1', args }] } } },
    timeoutMs: 20_000,
  });
  let canary: Awaited<ReturnType<typeof readyCanary>>;
  beforeAll(async () => {
    canary = await readyCanary();
  });
  const start = (test: JobTest, rollout = 'reviews-60', signal = AbortSignal.timeout(60_000)) => {
    const { target, plan, podHash } = canary;
    const input = { ...target, rollout, plan: { ...plan, acceptance: [test] }, podHash, test: test.name };
    const result = runAcceptance(bench.client, input, { signal, heartbeat: () => {} }, () => bench.client);
    return { result, ref: jobRef(bench.namespace, `sluice-${rollout}-smoke`) };
  };

  it('reaches the canary and passes; another attempt finds what the first has made', async () => {
    const test = curl('-fsS', 'http://$(CANARY_ADDRESS)/health');
    const { result, ref } = start(test, 'reviews-50');
    expect(await result).toMatchObject({ passed: true, sentence: 'smoke passed' });
    const { metadata } = await read(bench.client, ref);
    expect(await start(test, 'reviews-50').result).toMatchObject({ passed: true });
    expect((await read(bench.client, ref)).metadata.uid).toBe(metadata.uid);
  });

  it('fails with what it printed last', async () => {
    const { result } = start(
      curl('-fsS', '--no-progress-meter', 'http://$(CANARY_ADDRESS)/status/nowhere?fail=1', '-o', '/nowhere/at/all'),
    );
    expect(await result).toMatchObject({
      passed: false,
      sentence: expect.stringMatching(/^smoke: container curl ended with \d+: .*curl: /),
    });
  });

  it('leaves neither Job nor pod when it is cancelled', async () => {
    const stop = new AbortController();
    const { result, ref } = start(
      curl('-sS', '--retry', '100', '--retry-all-errors', 'http://127.0.0.1:1/'),
      undefined,
      stop.signal,
    );
    const selector = { labelSelector: `job-name=${ref.name}` };
    await until(async () => (await bench.client.list(podRef(bench.namespace), selector)).length > 0);
    stop.abort(new Error('cancelled'));
    await expect(result).rejects.toThrow('cancelled');
    await until(async () => (await bench.client.get(ref)) === undefined);
    await until(async () => (await bench.client.list(podRef(bench.namespace), selector)).length === 0);
  });
});

it('a sidecar of the same image gets the event’s too, and the digest that ran', async () => {
  const plan = await startPrimary(bench);
  const { client, namespace } = bench;
  const ref = deploymentRef(namespace, 'reviews-v1');
  await client.delete(ref);
  await until(async () => (await client.get(ref)) === undefined);
  const made = deployment(plan, 'reviews-v1', 'v1', 'docker.io/library/reviews:v1', 1);
  const helper = {
    name: 'helper',
    image: 'reviews:v1',
    restartPolicy: 'Always',
    env: [{ name: 'PORT', value: '9099' }],
  };
  made.spec.template.spec.initContainers = [helper];
  made.spec.selector = {
    matchExpressions: [
      { key: 'app', operator: 'Exists' },
      { key: 'version', operator: 'In', values: ['v1'] },
    ],
  };
  await client.create(ref, made);
  await until(async () => (await client.get<Deployment>(ref))?.status?.readyReplicas === 1);
  const { workload } = plan;
  const { containers: _, ...open } = workload;
  const of = { ...plan, workload: open };
  const { epoch, revision, previous } = await newRevision(client, of, 'reviews:v2');
  const target = fenced(of, epoch, 1);
  await scaleCanary(client, { ...target, revision, replicas: 1, template: true });
  const wait = { ...target, side: 'canary' as const, revision, replicas: 1, timeoutMs: 40_000, stableMs: 0 };
  expect(await awaitReady({ client }, wait, quietRun())).toMatchObject({ ready: true });
  const canary = await read<Deployment>(client, deploymentRef(namespace, 'reviews-v2'));
  expect(canary.spec.selector).toEqual({ matchLabels: { app: 'reviews', version: 'v2' } });
  await upgradePrimary(client, { ...fenced(of, epoch, 2), revision, previous, replicas: 1 });
  const { containers, initContainers = [] } = (await read<Deployment>(client, ref)).spec.template.spec;
  for (const { image } of [...containers, ...initContainers]) expect(image).toMatch(/^reviews:v2@sha256:/);
});
