/** Intervals whose only check is podHealth: no Prometheus is there to be asked. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkInterval } from '../../../src/activities/check-interval.ts';
import type { IntervalInput } from '../../../src/contract/activities.ts';
import type { MetricReference } from '../../../src/contract/analysis.ts';
import type { IntervalSoFar } from '../../../src/contract/slice.ts';
import type { IntervalSlice } from '../../../src/contract/verdict.ts';
import { NO_METRICS } from '../../../src/metrics/no-metrics.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { planFor } from '../../support/routes.ts';

vi.mock('../../../src/activities/support/sleep.ts', () => ({
  sleep: (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    }),
}));

let cluster: FakeCluster;
const plan = planFor(({ analysis }) => {
  delete analysis.prometheus;
  analysis.checks = [{ name: 'pods', builtin: 'podHealth', maxRestarts: 0, minReady: 95 }];
});
const deployed = (readyReplicas: number) =>
  cluster.put('deployments', { metadata: { name: 'reviews-v2', namespace: 'demo' }, status: { readyReplicas } });

function podIs(name: string, { ready = true, restarts = 0, hash = 'h' } = {}): void {
  const labels = { version: 'v2', 'pod-template-hash': hash };
  const state = { name: 'app', restartCount: restarts, ready, state: { running: {} } };
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  cluster.put('pods', {
    metadata: { name, namespace: 'demo', labels },
    spec: { containers: [] },
    status: { phase: 'Running', conditions, containerStatuses: [state] },
  });
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-29T12:00:00Z') });
  cluster = new FakeCluster();
  deployed(2);
  podIs('a');
  podIs('b', { restarts: 4 });
});
afterEach(() => void vi.useRealTimers());

/** @param meanwhile what happens, by the second */
async function interval(
  meanwhile: Record<number, () => void> = {},
  { soFar, sliceMs }: { soFar?: IntervalSoFar; sliceMs?: number } = {},
): Promise<IntervalSlice> {
  const input = { plan, cluster: 'local', rollout: 'reviews-1', epoch: 1, durationMs: 60_000, podHash: 'h', soFar };
  const prometheus = ({ source, prometheus }: MetricReference) => {
    expect([source, prometheus]).toEqual([undefined, undefined]);
    return NO_METRICS;
  };
  const run = { signal: new AbortController().signal, heartbeat: () => {} };
  let result: IntervalSlice | undefined;
  const over = checkInterval(
    { client: cluster, prometheus, ...(sliceMs && { sliceMs }) },
    { ...input, stage: 'mirror' } as unknown as IntervalInput,
    run,
  ).then((slice) => (result = slice));
  for (let second = 0; !result && second < 90; second += 1) {
    meanwhile[second]?.();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  return over;
}

describe('an interval of pods alone', () => {
  it('passes at its end, and says what it has not seen', async () => {
    expect(await interval()).toMatchObject({
      verdict: 'pass',
      canaryReady: 2,
      to: '2026-11-29T12:01:00.000Z',
      checks: [{ verdict: 'pass', value: 0, unit: 'restarts', podsOnly: true }],
    });
  });

  it('fails by a restart in it, of pods of its revision only', async () => {
    const result = await interval({
      20: () => podIs('a', { restarts: 1 }),
      30: () => podIs('other', { restarts: 9, hash: 'another' }),
    });
    const sentence = 'pods: containers ended: app of a once; at most 0 excused';
    expect(result).toMatchObject({ verdict: 'fail', sentence, to: '2026-11-29T12:01:00.000Z' });
  });

  it('fails by a pod that is not ready for more of it than is excused, and not by less', async () => {
    const flap = (seconds: number) => ({
      10: () => podIs('a', { ready: false }),
      [10 + seconds]: () => podIs('a'),
    });
    expect(await interval(flap(2))).toMatchObject({ verdict: 'pass' });
    expect(await interval(flap(6))).toMatchObject({ verdict: 'fail', checks: [{ value: 90, limit: 95, unit: '%' }] });
  });

  it('ends at once, with what was found out, when the whole canary has crashed', async () => {
    const crash = () => {
      podIs('a', { ready: false, restarts: 1 });
      podIs('b', { ready: false, restarts: 5 });
      deployed(0);
    };
    const result = await interval({ 30: crash });
    expect(result).toMatchObject({ verdict: 'worse', to: '2026-11-29T12:00:30.300Z' });
    expect(result).toMatchObject({
      sentence:
        'no pod of reviews-v2 is ready any more: containers ended: app of a once, app of b once; at most 0 excused',
    });
  });

  it('asks about a canary that is lost without a crash', async () => {
    const lose = () => {
      podIs('a', { ready: false });
      podIs('b', { ready: false, restarts: 4 });
      deployed(0);
    };
    expect(await interval({ 30: lose })).toMatchObject({ verdict: 'canaryLost' });
  });

  it('has no answer when the pods cannot be read at its end, however well they were before', async () => {
    const list = vi.spyOn(cluster, 'list');
    const result = await interval({ 59: () => list.mockRejectedValue(new Error('pods is forbidden')) });
    expect(result).toMatchObject({
      verdict: 'noAnswer',
      sentence: 'pods: no answer, the pods could not be read: pods is forbidden',
    });
  });

  it('goes on in another slice with what the one before has seen', async () => {
    const slice = await interval({ 20: () => podIs('a', { restarts: 1 }) }, { sliceMs: 30_000 });
    if (!('soFar' in slice) || !slice.soFar) throw new Error('a verdict came too early');
    const result = await interval({}, { soFar: JSON.parse(JSON.stringify(slice.soFar)) });
    expect(result).toMatchObject({ verdict: 'fail', from: '2026-11-29T12:00:00.000Z' });
  });
});
