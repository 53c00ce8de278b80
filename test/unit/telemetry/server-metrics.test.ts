import { expect, test } from 'vitest';
import { ServerMetrics } from '../../../src/telemetry/server-metrics.ts';
import type { StandingSamples } from '../../../src/telemetry/standing.ts';

const demo = { cluster: 'local', namespace: 'demo' };
const queue = { cluster: 'local', task_queue: 'sluice.local', type: 'activity' };
const STANDING: StandingSamples = {
  sluice_rollouts: [
    [{ ...demo, state: 'running' }, 1],
    [{ ...demo, state: 'running' }, 1],
    [{ ...demo, namespace: 'shop', state: 'running' }, 1],
  ],
  sluice_exposed: [[{ ...demo, kind: 'mirror' }, 1]],
  sluice_broken: [],
  sluice_needs_you_since_timestamp_seconds: [[demo, 500]],
  sluice_task_queue_pollers: [[queue, 2]],
  sluice_task_queue_backlog: [[queue, 3]],
  sluice_task_queue_backlog_age_seconds: [[queue, 9]],
};

async function samples(metrics: ServerMetrics): Promise<string[]> {
  await metrics.look();
  return (await metrics.registry.metrics()).split('\n').filter((line) => line !== '' && !/^#|^sluice_build/.test(line));
}

test('how things stand is summed by labels, also by two scrapes', async () => {
  const metrics = new ServerMetrics(async () => STANDING);
  await metrics.look();
  expect(await samples(metrics)).toEqual([
    'sluice_temporal_up 1',
    'sluice_rollouts{cluster="local",namespace="demo",state="running"} 2',
    'sluice_rollouts{cluster="local",namespace="shop",state="running"} 1',
    'sluice_exposed{cluster="local",namespace="demo",kind="mirror"} 1',
    'sluice_needs_you_since_timestamp_seconds{cluster="local",namespace="demo"} 500',
    'sluice_task_queue_pollers{cluster="local",task_queue="sluice.local",type="activity"} 2',
    'sluice_task_queue_backlog{cluster="local",task_queue="sluice.local",type="activity"} 3',
    'sluice_task_queue_backlog_age_seconds{cluster="local",task_queue="sluice.local",type="activity"} 9',
  ]);
});

test('what was known before is not told when Temporal does not answer, nor a zero in its place', async () => {
  let answers = true;
  const metrics = new ServerMetrics(async () => {
    if (answers) return STANDING;
    throw new Error('4 DEADLINE_EXCEEDED');
  });
  expect(await samples(metrics)).toContain('sluice_temporal_up 1');
  answers = false;
  expect(await samples(metrics)).toEqual(['sluice_temporal_up 0']);
});

test('requests count by route and code, deploy events by sender and what became of them', async () => {
  const metrics = new ServerMetrics(() => Promise.reject(new Error('away')));
  metrics.count({ route: '/hooks/deploy/:sender?', code: 201, notes: { sender: 'ci' } });
  metrics.count({ route: '/hooks/deploy/:sender?', code: 401, notes: { error: 'signature-wrong' } });
  metrics.count({ route: '/api/v1/rollouts', code: 200, notes: {} });
  expect(await samples(metrics)).toEqual([
    'sluice_http_requests_total{route="/hooks/deploy/:sender?",code="201"} 1',
    'sluice_http_requests_total{route="/hooks/deploy/:sender?",code="401"} 1',
    'sluice_http_requests_total{route="/api/v1/rollouts",code="200"} 1',
    'sluice_hooks_total{sender="ci",result="taken"} 1',
    'sluice_hooks_total{sender="unproven",result="signature-wrong"} 1',
    'sluice_temporal_up 0',
  ]);
});
