import { afterEach, describe, expect, it } from 'vitest';
import { learnFromPrimary } from '../../../src/metrics/primary-history.ts';
import { Prometheus } from '../../../src/metrics/prometheus.ts';
import { familyOf } from '../../../src/metrics/request-queries.ts';
import { fakePrometheus, json, vector } from '../../support/fakes/prometheus.ts';

const TARGET = {
  namespace: 'demo',
  primary: 'reviews-v1',
  canary: 'reviews-v2',
  primaryService: { name: 'reviews', namespace: 'demo' },
  canaryService: { name: 'reviews', namespace: 'demo' },
};
const QUERY = { family: familyOf(), target: TARGET, podHash: '' };
const NOW = Date.UTC(2026, 10, 26, 12);
const MINUTES = 30;
const OPTIONS = { canaryPods: 1, durations: true };

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

type Counts = (minute: number) => number;

/** What pods did over half an hour, by minute. */
function matrix(pods: Record<string, { good: Counts; bad: Counts; from?: number; to?: number }>) {
  const result = Object.entries(pods).flatMap(([pod, { good, bad, from = 1, to = MINUTES }]) =>
    (['good', 'bad'] as const).map((kind) => {
      const values: [number, string][] = [];
      for (let minute = from; minute <= to; minute += 1)
        values.push([NOW / 1000 - 60 * (MINUTES - minute), String((kind === 'good' ? good : bad)(minute))]);
      return { metric: { pod, response_code: kind === 'good' ? '200' : '500', response_flags: '-' }, values };
    }),
  );
  return { status: 'success', data: { resultType: 'matrix', result } };
}

async function learn(range: unknown, buckets: unknown = vector([]), options: Partial<typeof OPTIONS> = {}) {
  const { url, queries, close } = await fakePrometheus((query, response, { pathname }) => {
    if (pathname.endsWith('query_range')) return json(response, range);
    return json(response, query.includes('vector(time())') ? vector([[{}, '1']], NOW / 1000) : buckets);
  });
  closing.push(close);
  const learned = await learnFromPrimary(
    new Prometheus(url),
    QUERY,
    { ...OPTIONS, ...options },
    new AbortController().signal,
  );
  return { learned, queries };
}

describe('failures of the primary before a comparison', () => {
  it('that come one by one say nothing special', async () => {
    const steady = { good: () => 990, bad: () => 10 };
    const { learned } = await learn(matrix({ a: steady, b: steady, c: steady }));
    expect(learned.overdispersion).toBe(1);
    expect(learned.podRatio).toBeCloseTo(1, 5);
  });

  it('that come in clusters weigh less, and an outage of all pods is none', async () => {
    const burst = (pod: number) => ({ good: () => 950, bad: (minute: number) => (minute % 3 === pod ? 50 : 0) });
    const clustered = await learn(matrix({ a: burst(0), b: burst(1), c: burst(2) }));
    expect(clustered.learned.overdispersion).toBeGreaterThan(20);
    const outage = { good: () => 900, bad: (minute: number) => (minute === 10 ? 100 : 10) };
    expect((await learn(matrix({ a: outage, b: outage }))).learned.overdispersion).toBe(1);
  });

  it('of pods that differ widen the line, less so for many canary pods', async () => {
    const pod = (bad: number) => ({ good: () => 1_000 - bad, bad: () => bad });
    const range = matrix({ a: pod(10), b: pod(20), c: pod(30) });
    const one = (await learn(range)).learned.podRatio ?? 0;
    const four = (await learn(range, undefined, { canaryPods: 4 })).learned.podRatio ?? 0;
    expect(one).toBeGreaterThan(2);
    expect(Math.log(four)).toBeCloseTo(Math.log(one) / 2, 5);
  });

  it('of one pod alone are a difference of pods and no cluster, and what is gone has no say', async () => {
    const fine = { good: () => 999, bad: (minute: number) => Number(minute % 2 === 0) };
    const bad = { good: () => 800, bad: () => 200 };
    const old = { ...bad, to: 20 };
    const pods = { 'reviews-v1-6f-aaaaa': fine, 'reviews-v1-6f-bbbbb': fine, 'reviews-v1-6f-ccccc': fine };
    const one = await learn(matrix({ ...pods, 'reviews-v1-6f-ddddd': bad }));
    expect(one.learned.overdispersion).toBeLessThan(1.2);
    expect(one.learned.podRatio).toBeGreaterThan(5);
    const steady = { good: () => 990, bad: (minute: number) => 10 + (minute % 3) };
    const now = { 'reviews-v1-6f-aaaaa': steady, 'reviews-v1-6f-bbbbb': steady };
    const gone = await learn(matrix({ ...now, 'reviews-v1-59-ddddd': old }));
    expect(gone.learned).toEqual((await learn(matrix(now))).learned);
    expect(gone.learned.podRatio).toBe(1);
  });

  it('say nothing when there are few, or one pod, and a newcomer does not bring its past', async () => {
    const few = { good: () => 1_000, bad: (minute: number) => (minute === 5 ? 9 : 0) };
    expect((await learn(matrix({ a: few, b: few }))).learned).toEqual({});
    expect((await learn(matrix({ a: { good: () => 900, bad: () => 100 } }))).learned).toEqual({});
    const steady = { good: () => 990, bad: () => 10 };
    const { learned } = await learn(matrix({ a: steady, b: steady, late: { ...steady, from: 20 } }));
    expect(learned.overdispersion).toBe(1);
  });
});

describe('answer times of the primary before a comparison', () => {
  const buckets = vector([
    [{ le: '+Inf' }, '1000'],
    [{ le: '100' }, '905'],
    [{ le: '50' }, '500'],
    [{ le: '500' }, '999'],
    [{ le: '1000' }, '1000'],
  ]);

  it('say where health must be proven: p50, p90, p99 and the limit of the plan', async () => {
    const { learned, queries } = await learn(matrix({}), buckets);
    expect(learned.guards).toEqual([50, 100, 500]);
    expect(queries).toContainEqual(expect.stringContaining('[1800s]'));
    const limited = await learnFromPrimary(
      new Prometheus((await fake(buckets)).url),
      QUERY,
      { ...OPTIONS, objective: 600 },
      new AbortController().signal,
    );
    expect(limited.guards).toEqual([50, 100, 500, 1000]);
  });

  it('say nothing without a last bucket, or without an answer', async () => {
    expect((await learn(matrix({}), vector([[{ le: '50' }, '5']]))).learned).toEqual({});
    expect((await learn({ status: 'error' }, { status: 'error' })).learned).toEqual({});
    expect((await learn(matrix({}), buckets, { durations: false })).learned).toEqual({});
  });
});

async function fake(buckets: unknown) {
  const server = await fakePrometheus((_, response, { pathname }) =>
    json(response, pathname.endsWith('query_range') ? matrix({}) : buckets),
  );
  closing.push(server.close);
  return server;
}
