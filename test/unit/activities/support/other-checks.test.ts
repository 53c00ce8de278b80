import { expect, it, vi } from 'vitest';
import { askOthers } from '../../../../src/activities/support/other-checks.ts';
import type { IntervalInput } from '../../../../src/contract/activities.ts';
import type { Check } from '../../../../src/contract/analysis.ts';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import type { AskWeb } from '../../../../src/metrics/web-number.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';
import { podServer } from '../../../support/fakes/pod-server.ts';
import { planFor } from '../../../support/routes.ts';

// the pods here are servers of this machine
vi.mock('../../../../src/network/address.ts', () => ({ isLocal: () => false }));

const template = { spec: { containers: [{ name: 'smoke', image: 'smoke:v1' }] } };
const SMOKE: Check = { name: 'smoke', job: { template }, timeoutMs: 300 };

function inputOf(...checks: Check[]): IntervalInput {
  const plan = planFor((one) => {
    one.analysis.checks = checks;
  });
  return {
    plan,
    cluster: 'local',
    clusterUid: 'uid',
    rollout: 'reviews-1',
    epoch: 1,
    stage: 'live',
    durationMs: 1,
    podHash: '5d8f',
  } as IntervalInput;
}

async function clusterWith(exitCode?: number): Promise<FakeCluster> {
  const cluster = new FakeCluster(['batch/v1', 'v1']);
  const pod = await podServer('a', () => {});
  cluster.put('pods', pod.object);
  pod.close();
  if (exitCode === undefined) return cluster;
  const create = cluster.create.bind(cluster);
  cluster.create = async (ref, object) => {
    const job = await create(ref, object);
    const labels = { 'batch.kubernetes.io/controller-uid': job.metadata.uid ?? '' };
    const containerStatuses = [{ name: 'smoke', state: { terminated: { exitCode } }, ready: false, restartCount: 0 }];
    cluster.put('pods', {
      metadata: { name: `${job.metadata.name}-x`, namespace: 'demo', labels },
      spec: { containers: [] },
      status: { phase: 'Running', containerStatuses },
    } as KubeObject);
    return job as never;
  };
  return cluster;
}

const { signal } = new AbortController();
const nobody = async () => ({ reason: 'nobody' });
const ask = (client: FakeCluster, input: IntervalInput, interval = '1') =>
  askOthers({ client, web: nobody, cleanUp: () => client }, input, interval, signal);
const jobs = (cluster: FakeCluster) => [...cluster.objects.keys()].filter((key) => key.startsWith('jobs/'));

it('asks web addresses about the canary, and queries nobody', async () => {
  const questions: object[] = [];
  const web: AskWeb = async (_, question) => {
    questions.push(question);
    return { value: 4 };
  };
  const client = new FakeCluster();
  const path = '/{{namespace}}/{{workload}}/{{service}}/{{revision}}';
  const input = inputOf(
    { name: 'e', web: { source: 'a', path, pointer: '/v' }, max: 1 },
    { name: 'q', query: 'x', max: 1 },
    { name: 'rate', builtin: 'requestSuccessRate', min: 99 },
  );
  expect(await askOthers({ client, web, cleanUp: () => client }, input, '1', signal)).toEqual({ e: { value: 4 } });
  expect(questions).toEqual([{ path: '/demo/reviews-v2/reviews/5d8f', pointer: '/v' }]);
});

it.each([
  [0, { passed: true, sentence: 'smoke passed' }],
  [3, { passed: false, sentence: 'smoke: container smoke ended with 3' }],
])('a Job that ends with %i has its verdict', async (exitCode, value) => {
  expect(await ask(await clusterWith(exitCode), inputOf(SMOKE))).toEqual({ smoke: value });
});

it('a Job that does not end is no answer, and is deleted', async () => {
  const cluster = await clusterWith();
  expect(await ask(cluster, inputOf(SMOKE))).toEqual({
    smoke: { reason: 'smoke did not end within 0.3 s: no pod of it was made' },
  });
  expect(jobs(cluster)).toEqual([]);
});

it('each interval has a Job of its own, made once however often it is asked', async () => {
  const cluster = await clusterWith(0);
  for (const interval of ['1', '2', '1']) await ask(cluster, inputOf(SMOKE), interval);
  expect(jobs(cluster)).toHaveLength(2);
});

it('without a ready canary pod, or with somebody else’s Job of that name, there is no answer', async () => {
  const bare = new FakeCluster(['batch/v1', 'v1']);
  expect(await ask(bare, inputOf(SMOKE))).toEqual({ smoke: { reason: 'no canary pod is ready' } });
  const cluster = await clusterWith(0);
  await ask(cluster, inputOf(SMOKE));
  const taken = cluster.objects.get(jobs(cluster)[0] ?? '') as KubeObject;
  taken.metadata.annotations = {};
  expect(await ask(cluster, inputOf(SMOKE))).toMatchObject({
    smoke: { reason: expect.stringContaining('is not one that') },
  });
});
