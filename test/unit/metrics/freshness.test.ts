import { describe, expect, it } from 'vitest';
import { Freshness } from '../../../src/metrics/freshness.ts';
import { familyOf, IntervalSampler, type PrometheusClient, type Sample } from '../../../src/metrics/index.ts';

const scraped = (at: Record<string, number>) => new Map(Object.entries(at));

describe('freshness', () => {
  it('works on the clock of Prometheus, whatever the worker believes', () => {
    const freshness = new Freshness();
    // Prometheus is an hour ahead; asked at 10 s of the worker's clock.
    freshness.update(scraped({ a: 3_609_000 }), 3_610_000, 10_000);
    expect(freshness.fresh).toBe(true);
    expect(freshness.covers(9_000)).toBe(true);
    expect(freshness.covers(9_001)).toBe(false);
  });

  it('asks the same of every pod that is still there', () => {
    const freshness = new Freshness();
    freshness.update(scraped({ a: 100_000, b: 80_000 }), 100_000, 100_000);
    expect(freshness.fresh).toBe(false);
    expect(freshness.covers(90_000)).toBe(false);
    freshness.update(scraped({ a: 101_000 }), 101_000, 101_000);
    expect(freshness.fresh).toBe(true);
    expect(freshness.covers(101_000)).toBe(true);
  });

  it('does not believe an answer that was given before', () => {
    const freshness = new Freshness();
    freshness.update(scraped({ a: 9_000 }), 10_000, 10_000);
    expect(freshness.fresh).toBe(true);
    freshness.update(scraped({ a: 9_000 }), 10_000, 11_000);
    expect(freshness.fresh).toBe(false);
    freshness.update(scraped({ a: 11_000 }), 12_000, 12_000);
    expect(freshness.fresh).toBe(true);
  });

  it('learns the scrape interval: three of them, at least 15 s, are not stale', () => {
    const freshness = new Freshness();
    freshness.update(scraped({ a: 0 }), 15_000, 15_000);
    expect(freshness.fresh).toBe(true);
    freshness.update(scraped({ a: 0 }), 15_001, 15_001);
    expect(freshness.fresh).toBe(false);
    freshness.update(scraped({ a: 30_000 }), 30_000, 30_000);
    freshness.update(scraped({ a: 30_000 }), 120_000, 120_000);
    expect(freshness.fresh).toBe(true);
    expect(freshness.lagLimitMs).toBe(61_000);
    freshness.update(scraped({ a: 30_000 }), 120_001, 120_001);
    expect(freshness.fresh).toBe(false);
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

  /** A Prometheus whose only pod has had `count` requests and was scraped `ageMs` ago; undefined: no answer. */
  function world() {
    const state = { now: 0, count: 0, ageMs: 0, answers: true };
    const client: PrometheusClient = {
      queryRange: async () => ({ ok: true, series: [] }),
      query: async () => {
        if (!state.answers) return { ok: false, error: { kind: 'timeout', message: 'no answer in time' } };
        const at = (labels: Record<string, string>, value: number): Sample => ({ labels, value, timeMs: state.now });
        const pod = { arm: 'canary', pod: 'p' };
        return {
          ok: true,
          samples: [
            at({ ...pod, response_code: '200' }, state.count),
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
      graceMs: 2_000,
      startMs: state.now,
      now: () => state.now,
    });
    const step = async (change: Partial<typeof state>) => {
      Object.assign(state, change);
      await sampler.sample(signal);
    };
    return { sampler, step };
  }

  it('has an answer when first and last question were answered, whatever happened between', async () => {
    const { sampler, step } = world();
    await step({ count: 10 });
    await step({ now: 5_000, answers: false });
    expect(sampler.window().unknown).toBe('no answer in time');
    await step({ now: 10_000, answers: true, count: 25 });
    expect(sampler.window()).toMatchObject({ destination: { requests: 15, failures: 0, fresh: true }, histogram: [] });
    expect(sampler.covers(10_000)).toBe(true);
  });

  it('has none when the beginning was missed', async () => {
    const { sampler, step } = world();
    await step({ answers: false });
    await step({ now: 2_001, answers: true, count: 5 });
    await step({ now: 9_000, count: 50 });
    expect(sampler.window().destination).toMatchObject({ requests: 45, failures: 0, fresh: false });
    expect(sampler.window().unknown).toBe('Prometheus did not answer in the first 2 s of the interval');
  });

  it('has none when the figures are ten minutes old', async () => {
    const { sampler, step } = world();
    await step({ now: 600_000, ageMs: 0, count: 10 });
    await step({ now: 610_000, ageMs: 590_000, count: 20 });
    expect(sampler.window().destination.fresh).toBe(false);
  });
});
