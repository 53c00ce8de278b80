import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MirrorSeries } from '../../../src/metrics/mirror-series.ts';
import type { PrometheusClient, QueryOutcome, Sample } from '../../../src/metrics/prometheus.ts';

const SIDES = {
  live: { namespace: 'weather', names: ['forecast-v2'] },
  copies: { namespace: 'weather', names: ['forecast-v1'] },
};
const START = 1_000_000;
const signal = new AbortController().signal;

/** What grew, by what is asked, in a window that ends so late. */
type World = (query: string, untilMs: number) => [labels: Record<string, string>, value: number][];

function prometheus(world: World, down: { value: boolean } = { value: false }): PrometheusClient {
  return {
    queryRange: async () => ({ ok: true, series: [] }),
    query: async (query): Promise<QueryOutcome> => {
      if (down.value) return { ok: false, error: { kind: 'unreachable', message: 'Prometheus cannot be reached' } };
      const until = /offset (\d+)ms.*?:\d+ms\] @ ([\d.]+)/s.exec(query);
      const grown = until ? world(query, Number(until[2]) * 1000 - Number(until[1])) : [];
      const timeMs = Date.now();
      const labelled: World extends (...of: never) => infer Answer ? Answer : never = [
        ...grown,
        [{ figure: 'known' }, 1],
        [{ figure: 'scraped', pod: 'a' }, timeMs / 1000],
        [{ figure: 'clock' }, 0],
      ];
      return { ok: true, samples: labelled.map(([labels, value]): Sample => ({ labels, value, timeMs })) };
    },
  };
}

beforeEach(() => void vi.useFakeTimers({ now: START + 10_000 }));
afterEach(() => void vi.useRealTimers());

const isSource = (query: string) => query.includes('reporter="source"');
const isCopies = (query: string) => query.includes('forecast-v1');
const isRequests = (query: string) => query.includes('istio_requests_total');

it('counts copies as what arrived less what the callers routed there themselves', async () => {
  const world: World = (query) => {
    if (!isRequests(query)) return [];
    if (isSource(query)) return [[{ response_code: '200' }, 50]];
    if (!isCopies(query)) return [[{ response_code: '200' }, 1_200]];
    return [
      [{ response_code: '200' }, 1_240],
      [{ response_code: '503' }, 10],
    ];
  };
  const series = new MirrorSeries(prometheus(world), SIDES, START);
  await series.readTo(START + 10_000, signal);
  expect(series.live).toEqual({ requests: 1_200, answers: { '2xx': 1_200 } });
  expect(series.copies).toEqual({ requests: 1_200, answers: { '2xx': 1_190, '5xx': 10 } });
  expect(series.problem).toBeUndefined();
});

it('counts live requests up to the end of the mirror, and copies as late as they arrive', async () => {
  const asked: number[] = [];
  const world: World = (query, untilMs) => {
    if (!isRequests(query) || isSource(query)) return [];
    if (!isCopies(query)) asked.push(untilMs);
    if (untilMs > START + 195_000) return [[{ response_code: '200' }, 0]];
    return [[{ response_code: '200' }, isCopies(query) && untilMs > START + 6_000 ? 9 : 4]];
  };
  const series = new MirrorSeries(prometheus(world), SIDES, START);
  vi.setSystemTime(START + 200_000);
  await series.readTo(START + 6_000, signal);
  expect(asked).toEqual([START + 6_000]);
  await series.readCopies(START + 6_000, signal);
  expect([series.live?.requests, series.copies?.requests]).toEqual([4, 9]);
});

it('reads answer times, and calls what has no answer by its name', async () => {
  const world: World = (query) => {
    if (isSource(query) || !isCopies(query)) return [];
    if (isRequests(query)) return [[{ response_code: '0' }, 100]];
    return [
      [{ le: '5' }, 50],
      [{ le: '10' }, 100],
      [{ le: '+Inf' }, 100],
    ];
  };
  const series = new MirrorSeries(prometheus(world), SIDES, START);
  await series.readTo(START + 10_000, signal);
  expect(series.copies).toEqual({ requests: 100, answers: { none: 100 }, p50Ms: 5, p99Ms: 9.9 });
});

it('says why nothing is known, and goes on when Prometheus is back', async () => {
  const down = { value: true };
  const world: World = (query) => (isRequests(query) && !isSource(query) ? [[{ response_code: '200' }, 5]] : []);
  const series = new MirrorSeries(prometheus(world, down), SIDES, START);
  expect(await series.readTo(START + 5_000, signal)).toBe(false);
  expect(series.problem).toBe('Prometheus cannot be reached');
  expect([series.live, series.copies]).toEqual([undefined, undefined]);
  down.value = false;
  expect(await series.readTo(START + 5_000, signal)).toBe(true);
  expect(series.problem).toBeUndefined();
  expect(series.copies?.requests).toBe(5);
});

it('has no numbers of a side that nobody was found on', () => {
  const nobody = { namespace: '', names: [] };
  const series = new MirrorSeries(
    prometheus(() => []),
    { live: nobody, copies: nobody },
    START,
  );
  expect([series.live, series.copies]).toEqual([undefined, undefined]);
});
