import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, it, vi } from 'vitest';
import { type AwaitChangeDeps, awaitChange, type InsistentWrites } from '../../../src/activities/await-change.ts';
import { handsOn } from '../../../src/activities/support/slice.ts';
import type { AwaitChangeInput, Change, IntervalInput, WriteAgain } from '../../../src/contract/activities.ts';
import type { IntervalResult, IntervalVerdict } from '../../../src/contract/verdict.ts';
import type { KubeClient } from '../../../src/kubernetes/client/client.ts';
import { ClusterError } from '../../../src/kubernetes/client/errors.ts';
import { deploymentRef } from '../../../src/kubernetes/objects/refs.ts';
import { revisionNotes } from '../../../src/kubernetes/objects/revisions.ts';
import { Refusal } from '../../../src/kubernetes/writes/refusals.ts';
import { FakeCluster } from '../../support/fakes/cluster.ts';
import { planFor, virtualService } from '../../support/routes.ts';

const target = { plan: planFor(), cluster: 'local', clusterUid: 'uid', rollout: 'reviews-1', epoch: 1 };
const revision = { id: 'new', image: 'v2', config: [] };
const previous = { id: 'old', image: 'v1', config: [] };
const check: IntervalInput = { ...target, stage: 'live', durationMs: 40, podHash: 'h', anew: true };
let cluster: FakeCluster;

function put(name: string, ready: number, noted = 'old'): void {
  const image = noted === 'new' ? 'v2' : 'v1';
  const template = { spec: { containers: [{ name: 'reviews', image }] } };
  cluster.put('deployments', {
    metadata: { name, namespace: 'demo', annotations: revisionNotes(noted, template) },
    spec: { replicas: ready, selector: {}, template },
    status: { replicas: ready, updatedReplicas: ready, readyReplicas: ready },
  });
}

beforeEach(() => {
  cluster = new FakeCluster();
  cluster.put('virtualservices', virtualService([]));
  put('reviews-v1', 2);
});

const again = (name: WriteAgain['name'], reason: string) =>
  ({ name, reason, object: name === 'route' ? 'route' : 'primary', input: target }) as unknown as WriteAgain;

function overCluster(signal: AbortSignal): KubeClient {
  const get = cluster.get.bind(cluster) as KubeClient['get'];
  const follow = cluster.follow.bind(cluster) as KubeClient['follow'];
  return { signal, get, follow, list: cluster.list.bind(cluster) } as unknown as KubeClient;
}

/** @returns the change, and how long it took, ms */
async function waited(
  change: Partial<AwaitChangeInput>,
  { writes = {}, check = never }: { writes?: Partial<InsistentWrites>; check?: AwaitChangeDeps['check'] } = {},
  signal = new AbortController().signal,
  reported?: unknown,
): Promise<Change & { ms: number; beats: unknown[] }> {
  const begin = performance.now();
  const deps = { until: overCluster, writes: writes as InsistentWrites, check };
  const input = { ...target, revision, previous, until: [], again: [], forMs: 2_000, ...change };
  const beats: unknown[] = [];
  const seen = await awaitChange(deps, input, { signal, heartbeat: (details) => void beats.push(details), reported });
  return { ...seen, beats, ms: performance.now() - begin };
}

/** Ends as everything does that is cancelled. */
const never: AwaitChangeDeps['check'] = (_, __, { signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
const passing = (...verdicts: IntervalVerdict[]) =>
  vi.fn<AwaitChangeDeps['check']>(async (_, { durationMs }) => {
    await sleep(durationMs);
    return { verdict: verdicts.shift() ?? 'pass' } as IntervalResult;
  });
const refusing = (error: Error) => () => Promise.reject(error);

it.each<[string, AwaitChangeInput['until'][number], () => void]>([
  ['more pods', { side: 'primary', count: 'ready', atLeast: 3 }, () => put('reviews-v1', 3)],
  ['more pods of its template', { side: 'primary', count: 'updated', atLeast: 3 }, () => put('reviews-v1', 3)],
  ['fewer pods', { side: 'primary', below: 2 }, () => put('reviews-v1', 1)],
  ['its end', { side: 'primary', below: 1 }, () => void cluster.delete(deploymentRef('demo', 'reviews-v1'))],
  ['a canary that comes', { side: 'canary', count: 'ready', atLeast: 1 }, () => put('reviews-v2', 1)],
])('ends with a condition: %s', async (_, condition, event) => {
  setTimeout(event, 60);
  const { ms, world, written, refused } = await waited({ until: [condition], check, again: [] });
  expect(ms).toBeGreaterThan(50);
  expect(ms).toBeLessThan(500);
  expect([world?.routes.length, written, refused]).toEqual([1, [], []]);
});

it('a condition that holds at once, of a Deployment that does not exist', async () => {
  expect((await waited({ until: [{ side: 'canary', below: 1 }] })).ms).toBeLessThan(200);
});

it('ends with a write that is made, and hears of another one on its way', async () => {
  const writes = {
    route: async () => ({ kind: 'missing', sentence: 'gone' }),
    restorePrimary: ({ signal }: KubeClient) => sleep(50, { done: true }, { signal }),
  };
  const { written, ms } = await waited({ again: [again('route', 'no'), again('restorePrimary', 'no')] }, { writes });
  expect(written).toEqual([
    { object: 'route', result: { kind: 'missing', sentence: 'gone' } },
    { object: 'primary', result: { done: true } },
  ]);
  expect(ms).toBeLessThan(400);
});

it.each<[string, Partial<InsistentWrites>, 'route' | 'raiseFence', string]>([
  ['an answer', { route: async () => ({ kind: 'notReady', sentence: 'no pod' }) }, 'route', 'no pod'],
  ['an error', { raiseFence: refusing(new Error('403')) }, 'raiseFence', '403'],
  ['a newer write', { route: refusing(new Refusal('FenceRefused', 'newer')) }, 'route', 'newer'],
])('ends with another reason than before: %s', async (_, writes, name, reason) => {
  const { refused, written } = await waited({ again: [again(name, 'before')] }, { writes });
  expect([refused, written]).toEqual([[{ object: name === 'route' ? 'route' : 'primary', reason }], []]);
  const same = await waited({ again: [again(name, reason)], forMs: 100 }, { writes });
  expect([same.refused, same.written, same.ms > 90]).toEqual([[], [], true]);
});

it('tries a refused write again after 5 s, and a watch that was refused', async () => {
  const begin = performance.now();
  const times: number[] = [];
  const route = () => {
    times.push(Math.round((performance.now() - begin) / 1_000));
    return Promise.reject(new Error('403'));
  };
  vi.spyOn(cluster, 'follow').mockImplementationOnce(() => {
    throw new ClusterError({ verb: 'watch', object: 'reviews-v1', reason: 'forbidden' });
  });
  setTimeout(() => put('reviews-v1', 0), 100);
  const until: AwaitChangeInput['until'] = [{ side: 'primary', below: 1 }];
  const { refused, ms } = await waited({ until, again: [again('route', '403')], forMs: 8_000 }, { writes: { route } });
  expect([times, refused]).toEqual([[0, 5], []]);
  expect(ms).toBeGreaterThan(4_900);
  expect(ms).toBeLessThan(6_000);
});

it('checks one interval after the other until one is not passed', async () => {
  const judge = { looks: 1 };
  const interval = passing('pass', 'fail');
  interval.mockResolvedValueOnce({ verdict: 'pass', comparison: { judge } } as unknown as IntervalResult);
  const seen = await waited({ check: { ...check, compare: { earlyAfterMs: 9 } } }, { check: interval });
  expect(seen.interval?.verdict).toBe('fail');
  const inputs = interval.mock.calls.map(([, { anew, compare }]) => ({ anew, compare }));
  expect(inputs).toEqual([
    { anew: true, compare: { earlyAfterMs: 9 } },
    { anew: false, compare: { earlyAfterMs: 9, judge } },
    { anew: false, compare: { earlyAfterMs: 9, judge } },
  ]);
});

it('ends with its time, or with the last interval that fits', async () => {
  expect((await waited({ forMs: 80 })).ms).toBeLessThan(300);
  const interval = passing();
  const { ms, interval: last } = await waited(
    { check: { ...check, durationMs: 100 }, forMs: 350 },
    { check: interval },
  );
  expect([interval.mock.calls.length, last?.verdict]).toEqual([3, 'pass']);
  expect(ms).toBeLessThan(345);
});

it('a check that cannot be made is no answer, and no loop without a pause', async () => {
  const { interval, ms } = await waited({ check, forMs: 8_000 }, { check: refusing(new Error('no such host')) });
  const noAnswer = { verdict: 'noAnswer', sentence: 'no such host', checks: [], requests: 0, canaryReady: 0 };
  expect(interval).toEqual({ ...noAnswer, from: expect.any(String), to: expect.any(String) });
  expect(ms).toBeGreaterThan(4_900);
});

it('ends with its cancellation, and nothing goes on', async () => {
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(new Error('cancelled')), 50);
  const signals: AbortSignal[] = [];
  const interval: AwaitChangeDeps['check'] = (client, input, run) => {
    signals.push(run.signal);
    return never(client, input, run);
  };
  const all = { until: [{ side: 'canary', below: 0 } as const], again: [again('route', '403')], check };
  const writes = { route: refusing(new Error('403')) };
  const begin = performance.now();
  await expect(waited(all, { writes, check: interval }, cancel.signal)).rejects.toThrow('cancelled');
  expect(performance.now() - begin).toBeLessThan(400);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

/** Says what it has so far when its slice ends, as an interval does. */
const sliced: AwaitChangeDeps['check'] = async (_, { durationMs, soFar }, { signal, heartbeat }) => {
  const watchedMs = (soFar?.watchedMs ?? 0) + 50;
  heartbeat({ soFar: { watchedMs, samples: { behind: {} } } });
  await sleep(durationMs - watchedMs, undefined, { signal }).catch(() => {});
  if (!handsOn(signal)) signal.throwIfAborted();
  if (signal.aborted) return { soFar: { watchedMs, samples: { behind: {} } }, ticks: [] };
  return { verdict: 'pass' } as IntervalResult;
};
const long = { ...check, durationMs: 60_000 };

it('hands on an interval that does not end with the wait, and goes on with one', async () => {
  const first = await waited({ check: long, forMs: 100 }, { check: sliced });
  expect(first).toMatchObject({ passes: 0, soFar: { watchedMs: 50 } });
  const until: AwaitChangeInput['until'] = [{ side: 'primary', below: 3 }];
  const second = await waited({ check: { ...long, soFar: first.soFar }, until }, { check: sliced });
  expect(second).toMatchObject({ passes: 0, soFar: { watchedMs: 100 } });
});

it('ends when its worker is told to stop, and an attempt after the death of one goes on', async () => {
  const worker = new AbortController();
  setTimeout(() => worker.abort(new Error('WORKER_SHUTDOWN')), 150);
  const short = { ...check, durationMs: 100 };
  const { beats, passes, interval, soFar } = await waited(
    { check: short, forMs: 5_000 },
    { check: sliced },
    worker.signal,
  );
  expect([passes, interval?.verdict, soFar?.watchedMs]).toEqual([1, 'pass', 50]);
  expect(beats.at(-1)).toEqual({ passes: 2, soFar });
  const again = await waited({ check: short, forMs: 120 }, { check: sliced }, undefined, beats.at(-1));
  expect(again).toMatchObject({ passes: 3, interval: { verdict: 'pass' } });
});
