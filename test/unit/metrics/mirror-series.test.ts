import { expect, it } from 'vitest';
import type { PrometheusClient, QueryOutcome, Sample } from '../../../src/metrics/index.ts';
import { MirrorSeries } from '../../../src/metrics/mirror-series.ts';

const SIDES = {
  live: { namespace: 'weather', names: ['forecast-v2'] },
  copies: { namespace: 'weather', names: ['forecast-v1'] },
};
const START = 1_000_000;
const signal = new AbortController().signal;

/** Counters by what is asked, as they were at a moment. */
type World = (query: string, atMs: number) => [labels: Record<string, string>, value: number][];

function prometheus(world: World, down: { value: boolean } = { value: false }): PrometheusClient {
  return {
    queryRange: async () => ({ ok: true, series: [] }),
    query: async (query, { timeMs = Number.MAX_SAFE_INTEGER } = {}): Promise<QueryOutcome> => {
      if (down.value) return { ok: false, error: { kind: 'unreachable', message: 'Prometheus cannot be reached' } };
      const samples: Sample[] = world(query, timeMs).map(([labels, value]) => ({ labels, value, timeMs }));
      return { ok: true, samples };
    },
  };
}

const isSource = (query: string) => query.includes('reporter="source"');
const isCopies = (query: string) => query.includes('forecast-v1');
const isRequests = (query: string) => query.includes('istio_requests_total');
const pod = (name: string, code: string) => ({ pod: name, instance: '10.244.1.1', response_code: code });

it('counts copies as what arrived less what the callers routed there themselves', async () => {
  const world: World = (query, at) => {
    const late = at > START;
    if (!isRequests(query)) return [];
    if (isSource(query)) return [[pod('gw', '200'), late ? 150 : 100]];
    if (!isCopies(query)) return [[pod('v2-a', '200'), late ? 1_300 : 100]];
    return [
      [pod('v1-a', '200'), late ? 1_340 : 100],
      [pod('v1-a', '503'), late ? 10 : 0],
    ];
  };
  const series = new MirrorSeries(prometheus(world), SIDES);
  await series.replay(START, START + 10_000, signal);
  expect(series.live).toEqual({ requests: 1_200, answers: { '2xx': 1_200 } });
  expect(series.copies).toEqual({ requests: 1_200, answers: { '2xx': 1_190, '5xx': 10 } });
  expect(series.problem).toBeUndefined();
});

it('survives a restarted pod, and one that came later', async () => {
  const world: World = (query, at) => {
    if (!isRequests(query) || isSource(query)) return [];
    if (!isCopies(query)) return [];
    const values: [Record<string, string>, number][] = [
      [pod('v1-a', '200'), at <= START ? 500 : at <= START + 5_000 ? 520 : 30],
    ];
    return at > START + 5_000 ? [...values, [pod('v1-b', '200'), 7]] : values;
  };
  const series = new MirrorSeries(prometheus(world), SIDES);
  await series.replay(START, START + 10_000, signal);
  expect(series.copies?.requests).toBe(20 + 30 + 7);
});

it('reads answer times, and calls what has no answer by its name', async () => {
  const world: World = (query, at) => {
    if (isSource(query) || !isCopies(query)) return [];
    const grown = at > START ? 100 : 0;
    if (isRequests(query)) return [[pod('v1-a', '0'), grown]];
    const bucket = (le: string, value: number): [Record<string, string>, number] => [
      { pod: 'v1-a', instance: '', le },
      value,
    ];
    return [bucket('5', grown / 2), bucket('10', grown), bucket('+Inf', grown)];
  };
  const series = new MirrorSeries(prometheus(world), SIDES);
  await series.replay(START, START + 10_000, signal);
  expect(series.copies).toEqual({ requests: 100, answers: { none: 100 }, p50Ms: 5, p99Ms: 9.9 });
});

it('says why nothing is known, and goes on when Prometheus is back', async () => {
  const down = { value: true };
  const world: World = (query, at) =>
    isRequests(query) && !isSource(query) ? [[pod('a', '200'), at > START ? 9 : 4]] : [];
  const series = new MirrorSeries(prometheus(world, down), SIDES);
  expect(await series.replay(START, START + 5_000, signal)).toBe(false);
  expect(series.problem).toBe('Prometheus cannot be reached');
  expect([series.live, series.copies]).toEqual([undefined, undefined]);
  down.value = false;
  expect(await series.replay(START, START + 5_000, signal)).toBe(true);
  expect(series.problem).toBeUndefined();
  expect(series.copies?.requests).toBe(5);
});

it('has no numbers of a side that nobody was found on', () => {
  const nobody = { namespace: '', names: [] };
  const series = new MirrorSeries(
    prometheus(() => []),
    { live: nobody, copies: nobody },
  );
  expect([series.live, series.copies]).toEqual([undefined, undefined]);
});
