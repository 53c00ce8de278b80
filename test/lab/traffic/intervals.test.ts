/** Check intervals and "routed away" against a real Prometheus that scrapes real counters. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkInterval } from '../../../src/activities/check-interval.ts';
import { observeAway } from '../../../src/activities/observe-away.ts';
import type { KubeObject } from '../../../src/cluster/client.ts';
import { Prometheus } from '../../../src/metrics/index.ts';
import type { IntervalInput } from '../../../src/rollout/activities.ts';
import type { ComparePlan } from '../../../src/rollout/plan.ts';
import type { IntervalProgress } from '../../../src/rollout/verdict.ts';
import { FakeCluster } from '../../unit/routers/fake-cluster.ts';
import { planFor } from '../../unit/routers/fixtures.ts';
import { RealPrometheus, SCRAPE_MS, Target } from './real-prometheus.ts';

const HASH = '5d8f';

const pod = new Target();
const other = new Target();
const proxy = new Target();
let prometheus: RealPrometheus;
let client: Prometheus;
let cluster: FakeCluster;
/** Every test has an app of its own, so that none reads the figures of another. */
let app = 'app0';
const run = () => ({ signal: new AbortController().signal, heartbeat: () => {} });
const deps = () => ({ client: cluster, prometheus: () => client });

function canary(readyReplicas: number): void {
  cluster.put('deployments', {
    metadata: { name: `${app}-v2`, namespace: 'demo' },
    status: { readyReplicas },
  } as KubeObject);
}

beforeAll(async () => {
  prometheus = await RealPrometheus.start([pod, other, proxy]);
  client = new Prometheus(prometheus.url);
});

afterAll(async () => {
  await client.close();
  await prometheus.stop();
});

beforeEach(() => {
  app = `app${Number(app.slice(3)) + 1}`;
  pod.become(app, `${app}-v2-${HASH}-aaaaa`);
  other.become(app, `${app}-v2-0ld0-bbbbb`);
  proxy.become(app, 'gw-0');
  cluster = new FakeCluster();
  canary(1);
});

const input = (change: Partial<IntervalInput> = {}): IntervalInput => ({
  plan: planFor((plan) => {
    plan.workload.primary = `${app}-v1`;
    plan.workload.canary = `${app}-v2`;
    plan.traffic.primary = { host: app, subset: 'v1' };
    plan.traffic.canary = { host: app, subset: 'v2' };
  }),
  cluster: 'local',
  rollout: 'reviews-1',
  epoch: 1,
  stage: 'mirror',
  durationMs: 2_500,
  podHash: HASH,
  ...change,
});

/** Steady traffic until stopped. */
function every(ms: number, act: () => void): () => void {
  const timer = setInterval(act, ms);
  return () => clearInterval(timer);
}

describe('a mirror interval', () => {
  it('counts every request of the interval and of this revision only, and none from before it', async () => {
    pod.answer(1_000, 500);
    other.answer(1_000, 500);
    await sleep(4 * SCRAPE_MS);
    const interval = checkInterval(deps(), input(), run());
    await sleep(500);
    pod.answer(40);
    other.answer(40, 500);
    await sleep(1_900);
    pod.answer(10, 503);
    const result = await interval;
    expect(result).toMatchObject({ verdict: 'fail', requests: 50, canaryReady: 1 });
    expect(result.sentence).toContain('success-rate 80 % of 50 requests, at least 99 % wanted');
    const waited = Date.parse(result.to) - Date.parse(result.from);
    expect(waited).toBeGreaterThanOrEqual(2_500);
    expect(waited).toBeLessThan(2_500 + 2 * SCRAPE_MS + 1_500);
  });

  it('passes, with the quantile of the answer times', async () => {
    const interval = checkInterval(deps(), input(), run());
    await sleep(500);
    pod.answer(200, 200, 20);
    const result = await interval;
    expect(result.verdict).toBe('pass');
    expect(result.checks[1]).toMatchObject({ name: 'duration', verdict: 'pass', requests: 200 });
    expect(result.checks[1]?.value).toBeGreaterThan(10);
    expect(result.checks[1]?.value).toBeLessThan(25);
  });

  it('sees through a restart of the pod', async () => {
    pod.answer(500);
    await sleep(3 * SCRAPE_MS);
    const interval = checkInterval(deps(), input({ durationMs: 4_000 }), run());
    await sleep(500);
    pod.answer(30);
    await sleep(1_800);
    pod.restart();
    pod.answer(12, 500);
    const result = await interval;
    expect(result.requests).toBe(42);
    expect(result.verdict).toBe('fail');
  });

  it('has no answer without requests, whatever the proxies say', async () => {
    const stop = every(100, () => proxy.send(1, 'v1'));
    const result = await checkInterval(deps(), input(), run()).finally(stop);
    expect(result).toMatchObject({ verdict: 'noAnswer', requests: 0 });
    expect(result.sentence).toContain('no requests reached the canary');
  });

  it('has no answer while Prometheus hangs, and does not wait long for one', async () => {
    pod.answer(10);
    await sleep(3 * SCRAPE_MS);
    const interval = checkInterval(deps(), input(), run());
    await sleep(300);
    prometheus.freeze(true);
    const result = await interval;
    prometheus.freeze(false);
    expect(result.verdict).toBe('noAnswer');
    expect(result.sentence).toContain('did not answer');
    expect(Date.parse(result.to) - Date.parse(result.from)).toBeLessThan(17_000);
  });

  it('has an answer when Prometheus was away only in between', async () => {
    const interval = checkInterval(deps(), input({ durationMs: 5_000 }), run());
    await sleep(700);
    prometheus.freeze(true);
    pod.answer(20);
    await sleep(2_000);
    prometheus.freeze(false);
    const result = await interval;
    expect(result).toMatchObject({ verdict: 'pass', requests: 20 });
  });

  it('ends at once when no canary pod is ready, and only then', async () => {
    const interval = checkInterval(deps(), input({ durationMs: 20_000 }), run());
    await sleep(300);
    canary(0);
    await sleep(100);
    canary(1);
    await sleep(600);
    const lostAt = Date.now();
    canary(0);
    const result = await interval;
    expect(result).toMatchObject({ verdict: 'canaryLost', canaryReady: 0 });
    expect(Date.now() - lostAt).toBeLessThan(1_000);
  });

  it('ends as lost when the Deployment is gone', async () => {
    await cluster.delete({
      apiVersion: 'apps/v1',
      resource: 'deployments',
      kind: 'Deployment',
      namespace: 'demo',
      name: `${app}-v2`,
    });
    expect((await checkInterval(deps(), input({ durationMs: 1_000 }), run())).verdict).toBe('canaryLost');
  });

  it('reports its numbers by heartbeat and obeys a cancellation', async () => {
    const cancel = new AbortController();
    const beats: IntervalProgress[] = [];
    const heartbeat = (details: unknown) => void beats.push(details as IntervalProgress);
    const interval = checkInterval(deps(), input({ durationMs: 20_000 }), { signal: cancel.signal, heartbeat });
    const stop = every(50, () => pod.answer(1));
    setTimeout(() => cancel.abort(new Error('cancelled')), 5_000);
    await expect(interval.finally(stop)).rejects.toThrow('cancelled');
    expect(beats.length).toBeGreaterThanOrEqual(4);
    expect(beats.at(-1)).toMatchObject({ durationMs: 20_000, canaryReady: 1, checks: [{ verdict: 'pass' }, {}] });
    expect(beats.at(-1)?.requests).toBeGreaterThan(20);
  });
});

describe('a live interval', () => {
  const live = () => checkInterval(deps(), input({ stage: 'live', durationMs: 3_000 }), run());

  it('observes the weight and passes', async () => {
    const stop = every(50, () => {
      proxy.send(4, 'v1');
      proxy.send(1, 'v2');
      pod.answer(1);
    });
    const result = await live().finally(stop);
    expect(result).toMatchObject({ verdict: 'pass', observedWeight: 20 });
  });

  it('counts what only the callers saw, also when no pod was there to count', async () => {
    const stop = every(50, () => {
      proxy.send(4, 'v1');
      proxy.send(1, null, 503, 'UH');
    });
    const result = await live().finally(stop);
    expect(result.verdict).toBe('fail');
    expect(result.sentence).toContain('as the callers saw them');
  });

  it('counts a lost connection once', async () => {
    const interval = live();
    await sleep(500);
    pod.answer(90);
    pod.answer(10, 500);
    proxy.send(90, 'v2');
    proxy.send(10, 'v2', 503, 'URX');
    const result = await interval;
    expect(result.checks[0]).toMatchObject({ requests: 100, value: 90 });
  });
});

describe("a plan's own query", () => {
  const judge = async (query: string, limits: { min?: number; max?: number }, change: Partial<IntervalInput> = {}) => {
    const { plan, ...rest } = input({ durationMs: 2_000, ...change });
    const checks = [{ name: 'own', query, unit: '/s', ...limits }];
    const stop = every(50, () => pod.answer(5));
    const owning = { ...rest, plan: { ...plan, analysis: { ...plan.analysis, checks } } };
    const result = await checkInterval(deps(), owning, run()).finally(stop);
    return result.checks[0];
  };
  const rate = 'sum(rate(istio_requests_total{pod=~"{{pods}}"}[{{interval}}]))';

  it('is asked for the pods of the revision and the interval', async () => {
    const good = await judge(rate, { min: 30, max: 500 });
    expect(good).toMatchObject({ verdict: 'pass', unit: '/s' });
    expect(good?.value).toBeGreaterThan(50);
    expect(await judge(rate, { max: 10 })).toMatchObject({ verdict: 'fail', bound: 'max', limit: 10 });
    expect(await judge(rate, { min: 1 }, { podHash: '0ther' })).toMatchObject({
      verdict: 'noAnswer',
      sentence: 'own: no answer, no series matches',
    });
  });

  it('has no answer for what is no number', async () => {
    const nan = await judge('sum(istio_requests_total{pod=~"{{pods}}"}) * 0 / 0', { max: 1 });
    expect(nan?.sentence).toBe('own: no answer, the query gives NaN');
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
  /** The primary's pod is the one that is called `other` elsewhere. */
  const traffic = (canaryCode: number, primaryCode = 200) =>
    every(50, () => {
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
        if (!promql.includes('increase(')) asked.push(promql);
        return client.query(promql, options);
      },
      queryRange: client.queryRange.bind(client),
    };
    const stop = traffic(200);
    await sleep(3 * SCRAPE_MS);
    const counted = { client: cluster, prometheus: () => counting };
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
    expect(canary).toBeGreaterThan(600);
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

  it('does not take old requests of a pod that was not scraped for a while for new ones', async () => {
    other.answer(5_000, 500, 20, 'v1');
    await sleep(3 * SCRAPE_MS);
    other.up = false;
    // Prometheus forgets a target that it cannot scrape at once, and `last_over_time` after a minute.
    await sleep(61_000);
    const stop = traffic(200);
    const interval = checkInterval(deps(), comparing({ durationMs: 3_000 }), run());
    await sleep(1_000);
    other.up = true;
    const { comparison } = await interval.finally(stop);
    const requests = comparison?.ticks.reduce((sum, { primary }) => sum + (primary?.requests ?? 0), 0);
    expect(requests).toBeLessThan(1_000);
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
    expect(verdict).toBe('fail');
    expect(checks[0]?.value).toBeCloseTo(90, 1);
    expect(checks[1]?.value).toBeGreaterThan(100);
    expect(checks[1]?.value).toBeLessThan(300);
    expect(comparison?.ticks.every(({ canary, primary }) => canary?.errors && primary?.errors === 0)).toBe(true);
    expect(comparison?.judge.metrics[1]?.bounds).toEqual([100, 300]);
  });
});

describe('routed away', () => {
  const observe = (limitMs = 10_000) =>
    observeAway({ prometheus: () => client, limitMs, everyMs: 100 }, input(), run());

  it('is seen when the proxies send nothing more', async () => {
    const stop = every(50, () => proxy.send(5, 'v1'));
    proxy.send(10, 'v2');
    await sleep(3 * SCRAPE_MS);
    const startMs = Date.now();
    const seen = await observe().finally(stop);
    expect(seen).toEqual({ kind: 'away', sentence: `the callers' proxies sent nothing to ${app}-v2 over two scrapes` });
    expect(Date.now() - startMs).toBeLessThan(2_000);
  });

  it('is seen by the pace of the primary when the canary never had requests', async () => {
    proxy.send(5, 'v1');
    await sleep(3 * SCRAPE_MS);
    expect((await observe()).kind).toBe('away');
  });

  it('tells what strays', async () => {
    proxy.send(5, 'v1');
    await sleep(3 * SCRAPE_MS);
    const stop = every(50, () => pod.answer(1));
    const seen: string[] = [];
    // two scrapes of the proxy may fall between two of the pod, and then there is nothing to tell yet
    for (let tries = 0; tries < 5 && !seen.at(-1)?.includes('reached it'); tries += 1) {
      const { kind, sentence } = await observe();
      expect(kind).toBe('away');
      seen.push(sentence);
    }
    stop();
    expect(seen.at(-1)).toMatch(/\d+ requests reached it from callers that report nothing/);
  });

  it('is not seen while requests go on', async () => {
    const stop = every(50, () => proxy.send(1, 'v2'));
    const seen = await observe(2_500).finally(stop);
    expect(seen.kind).toBe('stillRouted');
  });

  it('is not observed without sources, nor without Prometheus', async () => {
    expect(await observe(1_500)).toMatchObject({
      kind: 'notObserved',
      sentence: expect.stringContaining('no proxy reports requests for this service'),
    });
    const nobody = new Prometheus('http://127.0.0.1:1');
    const seen = await observeAway({ prometheus: () => nobody, limitMs: 500, everyMs: 100 }, input(), run());
    expect(seen).toMatchObject({ kind: 'notObserved', sentence: expect.stringContaining('cannot be reached') });
  });

  it('is not observed when the proxy is scraped no more', async () => {
    proxy.send(5, 'v2');
    await sleep(3 * SCRAPE_MS);
    proxy.up = false;
    expect((await observe(2_500)).kind).toBe('notObserved');
  });
});
