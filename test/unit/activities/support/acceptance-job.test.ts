import { beforeEach, describe, expect, it, vi } from 'vitest';
import { runAcceptance } from '../../../../src/activities/run-acceptance.ts';
import type { TestResult } from '../../../../src/contract/activities.ts';
import type { JobTest } from '../../../../src/contract/plan.ts';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { podServer } from '../../../support/fakes/pod-server.ts';
import { planFor } from '../../../support/routes.ts';

// the pods here are servers of this machine
vi.mock('../../../../src/network/address.ts', () => ({ isLocal: () => false }));

const KEY = 'jobs/demo/sluice-reviews-1-smoke';
let cluster: FakeCluster;
beforeEach(async () => {
  cluster = new FakeCluster(['batch/v1', 'v1']);
  const pod = await podServer('a', () => {});
  cluster.put('pods', pod.object);
  pod.close();
});

function start(change: Partial<JobTest> = {}, rollout = 'reviews-1') {
  const template = { spec: { containers: [{ name: 'smoke', image: 'smoke:v1', env: [{ name: 'OWN', value: '1' }] }] } };
  const test: JobTest = { name: 'smoke', job: { template }, timeoutMs: 5_000, ...change };
  const stop = new AbortController();
  const input = {
    plan: { ...planFor(), acceptance: [test] },
    cluster: 'local',
    clusterUid: 'uid',
    rollout,
    epoch: 1,
    podHash: '5d8f',
    test: test.name,
  };
  const run = { signal: stop.signal, heartbeat: () => {} };
  return { stop, result: runAcceptance(cluster, input, run, () => cluster) };
}

const made = async (key = KEY): Promise<KubeObject> => {
  for (let tries = 0; tries < 100; tries += 1) {
    const job = cluster.objects.get(key);
    if (job) return job;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${[...cluster.objects.keys()]}`);
};

/** What the Job's pod says of itself. */
function ends(job: KubeObject, states: Record<string, object>, phase = 'Running'): void {
  const labels = { 'batch.kubernetes.io/controller-uid': job.metadata.uid ?? '' };
  const containerStatuses = Object.entries(states).map(([name, state]) => ({
    name,
    state,
    ready: false,
    restartCount: 0,
  }));
  cluster.put('pods', {
    metadata: { name: 'smoke-x', namespace: 'demo', labels },
    spec: { containers: [] },
    status: { phase, containerStatuses },
  } as KubeObject);
}

const done = (exitCode: number, message?: string) => ({ terminated: { exitCode, message } });

describe('an acceptance test that is a Job', () => {
  it('is made once, with the address of the canary, and passes when its own containers end well', async () => {
    const { result } = start();
    const job = await made();
    expect(job).toMatchObject({
      metadata: {
        labels: { 'sluice.dev/plan': 'reviews' },
        annotations: { 'sluice.dev/owner': 'demo/reviews', 'sluice.dev/rollout': 'reviews-1' },
      },
      spec: { backoffLimit: 0, activeDeadlineSeconds: 65, ttlSecondsAfterFinished: 600 },
    });
    const { template } = job.spec as {
      template: { spec: { restartPolicy: string; containers: { env: { name: string; value: string }[] }[] } };
    };
    expect(template.spec.restartPolicy).toBe('Never');
    expect(template.spec.containers[0]?.env).toEqual([
      { name: 'CANARY_ADDRESS', value: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
      { name: 'CANARY_ADDRESSES', value: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
      { name: 'OWN', value: '1' },
    ]);
    ends(job, { smoke: done(0), 'istio-proxy': { running: {} } });
    expect(await result).toEqual({ passed: true, sentence: 'smoke passed', details: ['Job pod smoke-x'] });
    expect(cluster.objects.has(KEY)).toBe(true);
  });

  it('fails with the last lines that it printed, safe to show', async () => {
    const { result } = start();
    const lines = [...Array(30).keys()].map((n) => `line ${n}`).join('\n');
    ends(await made(), { smoke: done(3, `${lines}\n\u001b[31mno \u0000login\n`) });
    const { passed, sentence } = (await result) as TestResult;
    expect(passed).toBe(false);
    expect(sentence).toMatch(/^smoke: container smoke ended with 3: line 21 ⏎ .* ⏎ \[31mno login$/);
  });

  it('is taken over by the next attempt, which makes no second one', async () => {
    const first = start();
    const job = await made();
    first.stop.abort(new Error('WORKER_SHUTDOWN'));
    await expect(first.result).rejects.toThrow('WORKER_SHUTDOWN');
    expect(cluster.objects.get(KEY)?.metadata.uid).toBe(job.metadata.uid);
    ends(job, { smoke: done(0) });
    expect(await start().result).toMatchObject({ passed: true });
    expect(cluster.objects.get(KEY)?.metadata.uid).toBe(job.metadata.uid);
  });

  it.each<[string, Partial<JobTest>, string | undefined]>([
    ['takes too long', { timeoutMs: 300 }, 'smoke did not end within 0.3 s: no pod of it was made'],
    ['is cancelled', {}, undefined],
  ])('is deleted when it %s', async (_, change, sentence) => {
    const { result, stop } = start(change);
    await made();
    if (sentence) expect(await result).toMatchObject({ passed: false, sentence });
    else {
      stop.abort(new Error('cancelled'));
      await expect(result).rejects.toThrow('cancelled');
    }
    expect(cluster.objects.has(KEY)).toBe(false);
  });

  it('is deleted although the read that was under way ends with the cancellation', async () => {
    const { stop, result } = start();
    cluster.followAll = async function* (_ref, _selector, signal) {
      yield [];
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    };
    await made();
    stop.abort(new Error('cancelled'));
    await expect(result).rejects.toThrow('cancelled');
    expect(cluster.objects.has(KEY)).toBe(false);
  });

  it('is not mistaken for somebody else’s, and has a name that fits', async () => {
    cluster.put('jobs', { metadata: { name: 'sluice-reviews-1-smoke', namespace: 'demo' } });
    await expect(start().result).rejects.toMatchObject({ kind: 'ClaimRefused' });
    const { result, stop } = start({ name: 'a'.repeat(60) });
    const name =
      [...cluster.objects.keys()].find((key) => key.includes('aaa'))?.split('/')[2] ?? (await made().then(() => ''));
    expect(name?.length).toBeLessThanOrEqual(63);
    stop.abort(new Error('cancelled'));
    await expect(result).rejects.toThrow();
  });
});
