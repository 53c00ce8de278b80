/** Intervals that compare canary and primary, and those of a plan's own queries and series, against a real Prometheus. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { IntervalInput } from '../../../src/contract/activities.ts';
import type { ComparePlan } from '../../../src/contract/analysis.ts';
import { CLOCK } from '../../../src/metrics/helper-series.ts';
import { checkInterval } from '../../support/whole-interval.ts';
import { app, client, cluster, deps, every, HASH, input, other, pod, run, standOnRealMetrics } from './interval-bed.ts';
import { SCRAPE_MS } from './real-prometheus.ts';

standOnRealMetrics();

describe("a plan's own query", () => {
  const judge = async (query: string, limits: { min?: number; max?: number }, change: Partial<IntervalInput> = {}) => {
    const { plan, ...rest } = input({ durationMs: 2_000, ...change });
    const checks = [{ name: 'own', query, unit: '/s', ...limits }];
    const begunMs = Date.now();
    let answered = 0;
    const stop = every(50, () => {
      answered += 5;
      pod.answer(5);
    });
    const owning = { ...rest, plan: { ...plan, analysis: { ...plan.analysis, checks } } };
    const result = await checkInterval(deps(), owning, run()).finally(stop);
    return { ...result.checks[0], answeredPerS: (1_000 * answered) / (Date.now() - begunMs) };
  };
  const rate = 'sum(rate(istio_requests_total{pod=~"{{pods}}"}[{{interval}}]))';

  it('is asked for the pods of the revision and the interval', async () => {
    const good = await judge(rate, { min: 30, max: 500 });
    expect(good).toMatchObject({ verdict: 'pass', unit: '/s' });
    expect(good.value).toBeGreaterThan(0.5 * good.answeredPerS);
    expect(good.value).toBeLessThan(2 * good.answeredPerS);
    expect(await judge(rate, { max: 10 })).toMatchObject({ verdict: 'fail', bound: 'max', limit: 10 });
    expect(await judge(rate, { min: 1 }, { podHash: '0ther' })).toMatchObject({
      verdict: 'noAnswer',
      sentence: 'own: no answer, no series matches',
    });
  });

  it('has no answer for what is no number', async () => {
    const nan = await judge('sum(istio_requests_total{pod=~"{{pods}}"}) * 0 / 0', { max: 1 });
    expect(nan.sentence).toBe('own: no answer, the query gives NaN');
    const several = await judge('{__name__=~"istio_.*_bucket", pod=~"{{pods}}"} * 1', { max: 1 });
    expect(several).toMatchObject({ verdict: 'noAnswer', sentence: expect.stringMatching(/gives \d+ series/) });
  });
});

const COMPARE_TIMES = { tickMs: 1_000, deadlineMs: 60_000, onInconclusive: 'hold', minRequests: 1 } as const;

describe('a comparison', () => {
  const compare: ComparePlan = {
    options: { errors: {}, latency: { unit: 'ms' }, warmupTicks: 0 },
    ...COMPARE_TIMES,
  };
  const comparing = (change: Partial<IntervalInput> = {}) => {
    const { plan, ...rest } = input({ compare: {}, ...change });
    return { ...rest, plan: { ...plan, analysis: { ...plan.analysis, compare } } };
  };
  /** By each of the two. */
  let answered = 0;
  /** The primary's pod is the one that is called `other` elsewhere. */
  const traffic = (canaryCode: number, primaryCode = 200) =>
    every(50, () => {
      answered += 10;
      pod.answer(9);
      pod.answer(1, canaryCode);
      other.answer(9, 200, 20, 'v1');
      other.answer(1, primaryCode, 20, 'v1');
    });

  beforeEach(() => other.become(app, `${app}-v1-0ld0-bbbbb`));

  it('looks at both arms at one instant, with one query for each kind of figure', async () => {
    const asked: string[] = [];
    const counting = {
      query: (promql: string, options?: { signal?: AbortSignal }) => {
        // What is learned of the primary beforehand is asked for once, and no look at both.
        if (!promql.includes('increase(') && promql !== CLOCK) asked.push(promql);
        return client.query(promql, options);
      },
      queryRange: client.queryRange.bind(client),
    };
    const stop = traffic(200);
    await sleep(3 * SCRAPE_MS);
    const counted = { client: cluster, prometheus: () => counting };
    const before = answered;
    const { verdict, comparison } = await checkInterval(counted, comparing({ durationMs: 4_000 }), run()).finally(stop);
    expect(verdict).toBe('pass');
    const ticks = comparison?.ticks ?? [];
    expect(ticks.length).toBe(4);
    // a baseline, a query for each look, and waits for the scrape that covers the end
    expect(asked.filter((query) => query.startsWith('label_replace(sum by (pod, le)')).length).toBeLessThanOrEqual(7);
    expect(asked.filter((query) => query.includes('"canary"') && query.includes('"primary"')).length).toBe(
      asked.length,
    );
    const [canary, primary] = (['canary', 'primary'] as const).map((arm) =>
      ticks.reduce((sum, tick) => sum + (tick[arm]?.requests ?? 0), 0),
    );
    // a busy machine answers less, and more than the interval was answered meanwhile
    expect(canary).toBeGreaterThan(0.7 * (answered - before));
    expect(canary).toBeLessThanOrEqual(answered - before + 10 * (SCRAPE_MS / 50));
    expect(Math.abs((canary ?? 0) - (primary ?? 0))).toBeLessThan(0.1 * (primary ?? 0));
    expect(comparison?.judge.metrics.map(({ bounds }) => bounds?.length)).toEqual([undefined, expect.any(Number)]);
  });

  it('ends at the look that proves the canary worse', async () => {
    const stop = traffic(500);
    const startMs = Date.now();
    const { verdict, sentence } = await checkInterval(deps(), comparing({ durationMs: 60_000 }), run()).finally(stop);
    expect(verdict).toBe('worse');
    expect(sentence).toMatch(
      /^canary 10 % errors, primary 0 %, tolerated 0.1 %: evidence \d+ to 1 against, abort at 100$/,
    );
    expect(Date.now() - startMs).toBeLessThan(12_000);
  });

  it('calls inconclusive what the primary suffers too', async () => {
    const stop = traffic(500, 500);
    const { verdict, comparison, sentence } = await checkInterval(deps(), comparing(), run()).finally(stop);
    expect(verdict).toBe('inconclusive');
    expect(sentence).toContain('and the primary fails it too');
    expect(comparison?.verdict).toBe('continue');
  });

  it('ends early when health is proven and the time for it is over', async () => {
    const stop = traffic(200);
    const startMs = Date.now();
    const early = comparing({ durationMs: 60_000, compare: { earlyAfterMs: 3_000 } });
    const { verdict, comparison } = await checkInterval(deps(), early, run()).finally(stop);
    expect(verdict).toBe('pass');
    expect(comparison?.verdict).toBe('pass');
    expect(Date.now() - startMs).toBeLessThan(30_000);
  });

  it('leaves out what was scraped before a new traffic began', async () => {
    pod.answer(500, 500);
    const stop = traffic(200);
    const { verdict } = await checkInterval(deps(), comparing({ anew: true }), run()).finally(stop);
    expect(verdict).toBe('pass');
  });
});

describe.each([
  [
    'an application',
    {
      kind: 'app',
      requests: 'http_requests_total',
      code: 'status',
      durations: 'http_seconds',
      unit: 's',
      podLabel: 'pod',
      namespaceLabel: 'ns',
    },
    ['http_requests_total', 'status', 'http_seconds_bucket', '', '0.1', '0.3'],
  ],
  [
    "Envoy's own counters",
    { kind: 'envoy', cluster: 'inbound|9080||', podLabel: 'kube_pod', namespaceLabel: 'ns' },
    [
      'envoy_cluster_upstream_rq',
      'envoy_response_code',
      'envoy_cluster_upstream_rq_time_bucket',
      ',envoy_cluster_name="inbound|9080||"',
      '100',
      '300',
    ],
  ],
] as const)('series of %s', (_, series, [requests, code, buckets, more, fast, slow]) => {
  const report = (name: string, good: number, bad: number) => {
    const labels = `${series.podLabel}="${name}",ns="demo"${more}`;
    return [
      `${requests}{${labels},${code}="200"} ${good}`,
      `${requests}{${labels},${code}="503"} ${bad}`,
      `${buckets}{${labels},le="${fast}"} ${good}`,
      `${buckets}{${labels},le="${slow}"} ${good + bad}`,
      `${buckets}{${labels},le="+Inf"} ${good + bad}`,
      '',
    ].join('\n');
  };

  it('are counted for the pods of the revision, and compared with those of the primary', async () => {
    const { plan, ...rest } = input({ stage: 'live', compare: {} });
    const compare = { options: { errors: {}, latency: {}, warmupTicks: 0 }, ...COMPARE_TIMES };
    const own = { ...rest, plan: { ...plan, analysis: { ...plan.analysis, series, compare } } };
    let count = 0;
    const stop = every(100, () => {
      count += 20;
      pod.own = report(`${app}-v2-${HASH}-aaaaa`, 0.9 * count, 0.1 * count);
      other.own = report(`${app}-v1-0ld0-bbbbb`, count, 0);
    });
    await sleep(3 * SCRAPE_MS);
    const { verdict, checks, comparison } = await checkInterval(deps(), own, run()).finally(stop);
    expect(verdict).toBe('worse');
    expect(checks[0]?.value).toBeCloseTo(90, 1);
    expect(checks[1]?.value).toBeGreaterThan(100);
    expect(checks[1]?.value).toBeLessThan(300);
    expect(comparison?.ticks.every(({ canary, primary }) => canary?.errors && primary?.errors === 0)).toBe(true);
    expect(comparison?.judge.metrics[1]?.bounds).toEqual([100, 300]);
  });
});
