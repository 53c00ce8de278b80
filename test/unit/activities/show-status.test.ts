import { expect, test } from 'vitest';
import { showStatus } from '../../../src/activities/show-status.ts';
import type { NotifyInput } from '../../../src/contract/notice.ts';
import type { KubeClient } from '../../../src/kubernetes/client/client.ts';
import { ClusterError, type ClusterErrorReason } from '../../../src/kubernetes/client/errors.ts';
import type { PlanWithStatus } from '../../../src/kubernetes/objects/plan-status.ts';
import type { RunSnapshot } from '../../../src/steering/index.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { stepsUpTo } from '../../support/views.ts';

const to = [{ channel: 'object' as const, address: 'RolloutPlan demo/reviews' }];
const input: NotifyInput = {
  ...{ cluster: 'local', namespace: 'demo', plan: 'reviews', to, notices: [], open: [] },
  object: { generation: 3 },
};
const run = (status: RunSnapshot['status']): RunSnapshot => ({
  ...{ runId: 'run', status, live: {} as RunSnapshot['live'] },
  view: {
    ...{ plan: 'reviews', rollout: 'reviews-7', state: 'running', sentence: 'Checking.', questions: [] },
    ...{ steps: stepsUpTo('check'), startedBy: { source: 'ci', delivery: 'ci/1' } },
  } as unknown as NonNullable<RunSnapshot['view']>,
});

function cluster(): FakeCluster {
  const made = new FakeCluster(['sluice.dev/v1alpha1']);
  made.put('rolloutplans', { metadata: { name: 'reviews', namespace: 'demo', generation: 4 }, spec: { kept: true } });
  return made;
}

const show = (client: KubeClient, status: RunSnapshot['status'] = 'running') =>
  showStatus({ client, look: async () => run(status) }, input);

test('the status is written once for what stays, and nothing else of the object', async () => {
  const made = cluster();
  const first = await show(made);
  expect(first).toMatchObject({ told: to, over: false, card: { delivery: 'ci/1' } });
  const object = made.objects.get('rolloutplans/demo/reviews') as PlanWithStatus;
  expect(object).toMatchObject({ spec: { kept: true }, status: { state: 'Running', rollout: 'reviews-7' } });
  expect(object.status?.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'False', observedGeneration: 3 });
  expect((await show(made, 'closed')).card?.shown).toBe(first.card?.shown);
  expect(made.patches).toHaveLength(1);
});

test('what is over is not looked at again, and an object that is gone is nobody to tell', async () => {
  expect(await show(cluster(), 'closed')).toMatchObject({ over: true });
  expect(await show(new FakeCluster(['sluice.dev/v1alpha1']))).toMatchObject({ told: to, refused: [], later: [] });
});

test.each<[ClusterErrorReason, object]>([
  ['forbidden', { told: to, over: true, later: [], refused: [] }],
  ['timeout', { told: [], later: [{ to: to[0], perhaps: false }], refused: [] }],
  ['invalid', { told: [], later: [], refused: [{ to: to[0] }] }],
])('a status that cannot be written: %s', async (reason, expected) => {
  const made = cluster();
  made.patch = () => Promise.reject(new ClusterError({ verb: 'patch', object: 'RolloutPlan demo/reviews', reason }));
  expect(await show(made)).toMatchObject(expected);
});
