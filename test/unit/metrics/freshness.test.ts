import { describe, expect, it } from 'vitest';
import { Freshness } from '../../../src/metrics/freshness.ts';
import { IntervalSampler } from '../../../src/metrics/interval-sampler.ts';
import type { PrometheusClient, Sample } from '../../../src/metrics/prometheus.ts';
import { familyOf } from '../../../src/metrics/request-queries.ts';

/** @param seconds of the worker's clock; Prometheus's is `aheadMs` ahead */
function heard(freshness: Freshness, at: Record<string, number>, evaluatedMs: number, aheadMs = 0): Freshness {
  freshness.update({ scraped: new Map(Object.entries(at)), evaluatedMs, askedMs: evaluatedMs - aheadMs });
  return freshness;
}

describe('freshness', () => {
  it('works on the clock of Prometheus, whatever the worker believes', () => {
    // Prometheus is an hour ahead; asked at 10 s of the worker's clock.
    const freshness = heard(new Freshness(), { a: 3_609_000 }, 3_610_000, 3_600_000);
    expect(freshness.fresh).toBe(true);
    expect(freshness.covers(9_000)).toBe(true);
    expect(freshness.covers(9_001)).toBe(false);
  });

  it('asks the same of every pod that is still there', () => {
    const freshness = heard(new Freshness(), { a: 100_000, b: 80_000 }, 100_000);
    expect(freshness.fresh).toBe(false);
    expect(freshness.covers(90_000)).toBe(false);
    heard(freshness, { a: 101_000 }, 101_000);
    expect(freshness.fresh).toBe(true);
    expect(freshness.covers(101_000)).toBe(true);
  });

  it('covers what the caller covers that waits longest, and is as fresh as the others are', () => {
    const freshness = new Freshness();
    const scraped = new Map([['v2', 100_000]]);
    freshness.update({ scraped, oldestMs: 70_000, evaluatedMs: 100_000, askedMs: 100_000 });
    expect(freshness.fresh).toBe(true);
    expect([freshness.covers(70_000), freshness.covers(70_001)]).toEqual([true, false]);
  });

  it('does not believe an answer that was given before', () => {
    const freshness = heard(new Freshness(), { a: 9_000 }, 10_000);
    expect(freshness.fresh).toBe(true);
    freshness.update({ scraped: new Map([['a', 9_000]]), evaluatedMs: 10_000, askedMs: 11_000 });
    expect(freshness.fresh).toBe(false);
    expect(heard(freshness, { a: 11_000 }, 12_000).fresh).toBe(true);
  });

  it('learns the scrape interval: three of them, at least 15 s, are not stale', () => {
    const freshness = heard(new Freshness(), { a: 0 }, 15_000);
    expect(freshness.fresh).toBe(true);
    expect(heard(freshness, { a: 0 }, 15_001).fresh).toBe(false);
    heard(freshness, { a: 30_000 }, 30_000);
    expect(heard(freshness, { a: 30_000 }, 120_000).fresh).toBe(true);
    expect(freshness.lagLimitMs).toBe(61_000);
    expect(heard(freshness, { a: 30_000 }, 120_001).fresh).toBe(false);
  });

  it('learns how late samples arrive, from those that go on arriving', () => {
    const freshness = heard(new Freshness(), { a: 0 }, 30_000);
    expect(freshness.fresh).toBe(false);
    heard(freshness, { a: 5_000 }, 35_500);
    expect([freshness.fresh, freshness.lagMs, freshness.lagLimitMs]).toEqual([true, 30_500, 41_500]);
    expect(heard(freshness, { a: 5_000 }, 50_500).fresh).toBe(true);
    expect(heard(freshness, { a: 5_000 }, 50_501).fresh).toBe(false);
    expect(freshness.lagMs).toBe(30_500);
  });
});

describe('the sampler of an interval', () => {
  const target = {
    namespace: 'demo',
    primary: 'reviews-v1',
    canary: 'reviews-v2',
    primaryService: { name: 'reviews', namespace: 'demo' },
    canaryService: { name: 'reviews', namespace: 'demo' },
  };
  const signal = new AbortController().signal;

  /** A Prometheus whose only pod has had `count` requests since the start and was scraped `ageMs` ago. */
  function world(durationMs = 60_000) {
    const state = { now: 0, count: 0, ageMs: 0, answers: true };
    const client: PrometheusClient = {
      queryRange: async () => ({ ok: true, series: [] }),
      query: async (promql) => {
        if (!state.answers) return { ok: false, error: { kind: 'timeout', message: 'no answer in time' } };
        const at = (labels: Record<string, string>, value: number): Sample => ({ labels, value, timeMs: state.now });
        const pod = { arm: 'canary', pod: 'p' };
        return {
          ok: true,
          samples: [
            ...(promql.includes('sum_over_time') ? [at({ ...pod, response_code: '200' }, state.count)] : []),
            at({ arm: 'canary', figure: 'known' }, 1),
            at({ ...pod, figure: 'scraped' }, (state.now - state.ageMs) / 1000),
          ],
        };
      },
    };
    const sampler = new IntervalSampler(client, target, {
      stage: 'mirror',
      family: familyOf(),
      podHash: 'h',
      durations: false,
      compare: false,
      durationMs,
      startMs: state.now,
      now: () => state.now,
    });
    const step = async (change: Partial<typeof state>) => {
      Object.assign(state, change);
      await sampler.sample(signal);
    };
    return { sampler, step };
  }

  it('has an answer when the last question was answered, whatever happened before', async () => {
    const { sampler, step } = world();
    await step({ answers: false });
    expect(sampler.window().unknown).toBe('no answer in time');
    await step({ now: 5_000, answers: true, count: 10 });
    await step({ now: 7_000, answers: false });
    expect(sampler.window().unknown).toBe('no answer in time');
    await step({ now: 10_000, answers: true, count: 25 });
    expect(sampler.window()).toMatchObject({ destination: { requests: 25, failures: 0, fresh: true }, histogram: [] });
    expect(sampler.covers(10_000)).toBe(true);
  });

  it('has none when the figures are ten minutes old', async () => {
    const { sampler, step } = world();
    await step({ now: 600_000, ageMs: 0, count: 10 });
    await step({ now: 610_000, ageMs: 590_000, count: 20 });
    expect(sampler.window().destination.fresh).toBe(false);
  });

  it('says what would do when an interval without an answer was too short for one', async () => {
    const { sampler, step } = world(10_000);
    await step({ now: 0 });
    await step({ now: 15_000 });
    expect(sampler.window().unknown).toBe(
      'intervals of 10 s cannot be measured with a scrape every 15 s: at least 30 s wanted',
    );
  });
});
