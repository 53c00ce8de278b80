import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { WorkerMetrics } from '../../../src/telemetry/worker-metrics.ts';

interface Info {
  attempt?: number;
  retryPolicy?: { maximumAttempts?: number };
}

/** Lets one activity end with what `work` does. */
async function run(
  metrics: WorkerMetrics,
  activityType: string,
  argument: object,
  work: () => unknown,
  more: Info = {},
) {
  const info = { activityType, attempt: 1, ...more };
  const { inbound } = metrics.interceptor({ info } as unknown as Context);
  const next = async () => work();
  await inbound?.execute?.({ args: [argument], headers: {} }, next).catch(() => undefined);
}

async function valuesOf(metrics: WorkerMetrics, name: string): Promise<[string, number][]> {
  const { values } = (await metrics.registry.getSingleMetric(name)?.get()) ?? { values: [] };
  return values.map(({ labels, value }) => [Object.values(labels).join(' '), value]);
}

const throwing = (error: Error) => () => {
  throw error;
};

test('activities count by how they ended', async () => {
  const metrics = new WorkerMetrics(() => false);
  const failed = ApplicationFailure.create({ message: 'no' });
  await run(metrics, 'look', {}, () => ({}));
  await run(metrics, 'look', {}, throwing(failed));
  await run(metrics, 'look', {}, throwing(failed), { attempt: 3, retryPolicy: { maximumAttempts: 3 } });
  await run(metrics, 'route', { fence: {} }, throwing(ApplicationFailure.nonRetryable('no', 'FenceRefused')));
  await run(metrics, 'awaitReady', {}, throwing(new CancelledFailure('cancelled')));
  expect(await valuesOf(metrics, 'sluice_activities_total')).toEqual([
    ['look ok', 1],
    ['look retried', 1],
    ['look failed', 1],
    ['route failed', 1],
    ['awaitReady cancelled', 1],
  ]);
  expect(await valuesOf(metrics, 'sluice_writes_total')).toEqual([['route conflict', 1]]);
});

test('what it cannot make sense of is not counted, and harms nothing', async () => {
  const metrics = new WorkerMetrics(() => false);
  const warned: string[] = [];
  const context = { info: { activityType: 'notify' }, log: { warn: (message: string) => warned.push(message) } };
  const { inbound } = metrics.interceptor(context as unknown as Context);
  const result = inbound?.execute?.({ args: [], headers: {} }, async () => 'a result of tomorrow');
  await expect(result).resolves.toBe('a result of tomorrow');
  expect(warned).toEqual(['an activity was not counted']);
});

test('a worker says whether it drains', async () => {
  let drains = false;
  const metrics = new WorkerMetrics(() => drains);
  expect(await metrics.registry.metrics()).toContain('sluice_worker_draining 0');
  drains = true;
  expect(await metrics.registry.metrics()).toContain('sluice_worker_draining 1');
});
