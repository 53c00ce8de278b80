import { describe, expect, it } from 'vitest';
import { requestTotals } from '../../../src/metrics/arm-counts.ts';
import { Figure } from '../../../src/metrics/figure.ts';
import type { PrometheusClient, Sample } from '../../../src/metrics/index.ts';

type Answer = [labels: Record<string, string>, value: number][];

/** A figure of two arms; each question gets the next answer, a second later. */
function figure(...answers: (Answer | undefined)[]) {
  const asked: string[] = [];
  let now = 0;
  const client: PrometheusClient = {
    queryRange: async () => ({ ok: true, series: [] }),
    query: async (query) => {
      asked.push(query.split(' ')[0] ?? '');
      const answer = answers.shift();
      if (!answer) return { ok: false, error: { kind: 'timeout', message: 'no answer in time' } };
      return { ok: true, samples: answer.map(([labels, value]): Sample => ({ labels, value, timeMs: now })) };
    },
  };
  const one = new Figure({
    query: (baseline) => (baseline ? 'baseline' : 'later'),
    labels: ['arm', 'pod', 'code'],
    scrapedBy: 'pod',
    arm: 'arm',
    totals: requestTotals,
  });
  const ask = async () => {
    now += 1_000;
    await one.ask(client, () => now, new AbortController().signal);
  };
  return { one, ask, asked };
}

const count = (pod: string, value: number, arm = 'canary'): Answer[number] => [{ arm, pod, code: '200' }, value];
const scraped = (pod: string, seconds: number, arm = 'canary'): Answer[number] => [
  { arm, pod, figure: 'scraped' },
  seconds,
];
const seen = (pod: string, arm = 'canary'): Answer[number] => [{ arm, pod, figure: 'seen' }, 1];
const total = (one: Figure) => [...one.grown.values()].reduce((sum, value) => sum + value, 0);

describe('a pod that is not there at the beginning', () => {
  it('counts from 0 when nobody has seen it before', async () => {
    const { one, ask } = figure([count('a', 100)], [count('a', 110), count('young', 7)]);
    await ask();
    await ask();
    expect(total(one)).toBe(17);
  });

  it('brings no old requests when it was only hidden for a while', async () => {
    const { one, ask } = figure(
      [count('a', 100), seen('a'), seen('old')],
      [count('a', 110), count('old', 5_000)],
      [count('a', 110), count('old', 5_003)],
    );
    await ask();
    await ask();
    expect(total(one)).toBe(10);
    await ask();
    expect(total(one)).toBe(13);
  });
});

describe('a figure that begins anew', () => {
  it('moves its baseline until everything was scraped since, and waits for the arm that must be seen', async () => {
    const { one, ask, asked } = figure(
      [count('p', 10, 'primary'), scraped('p', 0.5, 'primary')],
      [count('p', 20, 'primary'), scraped('p', 1.5, 'primary')],
      [count('p', 30, 'primary'), scraped('p', 2.5, 'primary'), count('a', 500), scraped('a', 0.9)],
      [count('p', 30, 'primary'), scraped('p', 2.5, 'primary'), count('a', 600), scraped('a', 3.9)],
      [count('p', 35, 'primary'), scraped('p', 4.5, 'primary'), count('a', 604), scraped('a', 4.9)],
    );
    one.startAt(1_000, 'canary');
    for (const settled of [false, false, false, true]) {
      await ask();
      expect(one.settled).toBe(settled);
      expect(total(one)).toBe(0);
    }
    await ask();
    expect(total(one)).toBe(9);
    expect(asked).toEqual(['baseline', 'baseline', 'baseline', 'baseline', 'later']);
    expect(one.begunMs).toBe(1_000);
  });
});

describe('freshness', () => {
  it('is each arm for itself', async () => {
    const { one, ask } = figure([
      count('a', 1),
      scraped('a', 1),
      count('p', 1, 'primary'),
      scraped('p', -100, 'primary'),
    ]);
    await ask();
    expect([one.fresh('canary'), one.fresh('primary')]).toEqual([true, false]);
    expect([one.covers(900, 'canary'), one.covers(900, 'primary')]).toEqual([true, false]);
  });

  it('is lost with an error, and comes back', async () => {
    const { one, ask } = figure([count('a', 1)], undefined, [count('a', 4)]);
    await ask();
    await ask();
    expect(one.error).toBe('no answer in time');
    expect(one.fresh('canary')).toBe(false);
    await ask();
    expect(one.fresh('canary')).toBe(true);
    expect(total(one)).toBe(3);
  });
});

it('learns the scrape interval from who was there for two minutes', async () => {
  const samples = (pod: string, value: number): Answer[number] => [{ arm: 'canary', pod, figure: 'samples' }, value];
  const { one, ask } = figure([count('a', 1), samples('a', 8), samples('b', 7)]);
  await ask();
  expect(one.scrapeMs).toBe(15_000);
});
