/** Two who look at the same canary: Prometheus, which has nothing against it, and its pods. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { checkInterval } from '../../../src/activities/check-interval.ts';
import type { IntervalInput } from '../../../src/contract/activities.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { CountingPrometheus } from '../../support/fakes/counting-prometheus.ts';
import { planFor } from '../../support/routes.ts';

/** What the pods say; `worseAfterMs` undefined: nothing against the canary. */
const pods: { worseAfterMs?: number; unread?: string; looking: number } = { looking: 0 };
const JUDGE = { version: 1, aborted: false };

vi.mock('../../../src/activities/support/pod-looks.ts', () => ({
  PodLooks: class {
    soFar = JUDGE;
    worse = new Promise<string>((resolve) => {
      pods.looking += 1;
      if (pods.worseAfterMs !== undefined) setTimeout(() => resolve('canary 30 % errors'), pods.worseAfterMs);
    });
    get unread() {
      return pods.unread;
    }
  },
}));
vi.mock('../../../src/activities/support/sleep.ts', () => ({
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
}));

const BEGIN = Date.parse('2026-11-29T12:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now: BEGIN });
  Object.assign(pods, { worseAfterMs: undefined, unread: undefined, looking: 0 });
});
afterEach(() => void vi.useRealTimers());

async function interval(change: Partial<IntervalInput> = {}) {
  const cluster = new FakeCluster();
  cluster.put('deployments', { metadata: { name: 'reviews-v2', namespace: 'demo' }, status: { readyReplicas: 1 } });
  const arms = ['canary', 'primary'] as const;
  const prometheus = new CountingPrometheus(
    'reviews',
    1_000,
    arms.map((arm) => ({ arm, name: arm, bornMs: BEGIN - 600_000, perSecond: 20, offsetMs: 100 })),
  );
  const compare = {
    options: { latency: false },
    tickMs: 2_000,
    deadlineMs: 600_000,
    onInconclusive: 'hold',
    minRequests: 1,
  };
  const plan = planFor(({ analysis }) => Object.assign(analysis, { compare, pods: {} }));
  const input = {
    plan,
    cluster: 'local',
    rollout: 'reviews-1',
    epoch: 1,
    durationMs: 30_000,
    podHash: 'h',
    compare: {},
  };
  const intent = { primary: 80, canary: 20, mirror: 0 };
  const run = { signal: new AbortController().signal, heartbeat: () => {} };
  const result = checkInterval(
    { client: cluster, prometheus: () => prometheus },
    { ...input, stage: 'live', intent, ...change } as unknown as IntervalInput,
    run,
  );
  await vi.advanceTimersByTimeAsync(60_000);
  return result;
}

it('ends at once when the pods prove the canary worse, and hands on what they have shown', async () => {
  pods.worseAfterMs = 7_000;
  expect(await interval()).toMatchObject({
    verdict: 'worse',
    sentence: 'canary 30 % errors, as the pods themselves count',
    to: '2026-11-29T12:00:07.000Z',
    comparison: { pods: JUDGE },
  });
});

it('passes by Prometheus alone, and says what of the pods was not read', async () => {
  pods.unread = '1 of 2 not read (HTTP 503)';
  const result = await interval();
  expect(result).toMatchObject({ verdict: 'pass', sentence: expect.stringContaining('success-rate 100 %') });
  expect(result).toMatchObject({ sentence: expect.stringContaining('; the pods themselves: 1 of 2 not read') });
});

it('asks no pods while no user is on the canary', async () => {
  await interval({ stage: 'mirror', intent: { primary: 100, canary: 0, mirror: 100 } });
  await interval({ intent: { primary: 100, canary: 0, mirror: 0 } });
  expect(pods.looking).toBe(0);
  await interval();
  expect(pods.looking).toBe(1);
});
