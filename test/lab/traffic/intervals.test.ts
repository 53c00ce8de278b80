/** Check intervals and "routed away" against a real Prometheus that scrapes real counters. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { observeAway } from '../../../src/activities/observe-away.ts';
import type { IntervalProgress } from '../../../src/contract/verdict.ts';
import { Prometheus } from '../../../src/metrics/prometheus.ts';
import { checkInterval } from '../../support/whole-interval.ts';
import {
  app,
  canary,
  client,
  cluster,
  deps,
  every,
  input,
  other,
  pod,
  prometheus,
  proxy,
  run,
  standOnRealMetrics,
} from './interval-bed.ts';
import { SCRAPE_MS } from './real-prometheus.ts';

standOnRealMetrics();

describe('a mirror interval', () => {
  it('counts every request of the interval and of this revision only, and none from before it', async () => {
    pod.answer(1_000, 500);
    other.answer(1_000, 500);
    await sleep(4 * SCRAPE_MS);
    const interval = checkInterval(deps(), input({ durationMs: 4_000 }), run());
    await sleep(500);
    pod.answer(40);
    other.answer(40, 500);
    await sleep(1_900);
    pod.answer(10, 503);
    const result = await interval;
    expect(result).toMatchObject({ verdict: 'fail', requests: 50, canaryReady: 1 });
    expect(result.sentence).toContain('success-rate 80 % of 50 requests, at least 99 % wanted');
    const waited = Date.parse(result.to) - Date.parse(result.from);
    expect(waited).toBeGreaterThanOrEqual(4_000);
    expect(waited).toBeLessThan(4_000 + 2 * SCRAPE_MS + 1_500);
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
