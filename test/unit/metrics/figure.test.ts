import { describe, expect, it } from 'vitest';
import { requestTotals } from '../../../src/metrics/arm-counts.ts';
import { Figure } from '../../../src/metrics/figure.ts';
import type { CountWindow } from '../../../src/metrics/growth.ts';
import type { PrometheusClient, Sample } from '../../../src/metrics/prometheus.ts';

type Answer = [labels: Record<string, string>, value: number][];

/** A figure of two arms; each question gets the next answer, a second later. */
function figure(begin: { anew?: boolean; seen?: string }, ...answers: (Answer | undefined)[]) {
  const windows: (CountWindow | undefined)[] = [];
  const clock = { now: 0, skew: 0 };
  const client: PrometheusClient = {
    queryRange: async () => ({ ok: true, series: [] }),
    query: async () => {
      const answer = answers.shift();
      if (!answer) return { ok: false, error: { kind: 'timeout', message: 'no answer in time' } };
      const timeMs = clock.now + clock.skew;
      return { ok: true, samples: answer.map(([labels, value]): Sample => ({ labels, value, timeMs })) };
    },
  };
  const shape = {
    query: (window?: CountWindow) => {
      windows.push(window);
      return 'q';
    },
    labels: ['arm', 'pod', 'code'],
    scrapedBy: 'pod',
    arm: 'arm',
    totals: requestTotals,
  };
  const one = new Figure(shape, { startMs: 1_000, ...begin });
  const ask = async (seconds = 1) => {
    clock.now += seconds * 1_000;
    await one.ask(client, () => clock.now, new AbortController().signal);
  };
  return { one, ask, windows, clock };
}

const grown = (pod: string, value: number, arm = 'canary'): Answer[number] => [{ arm, pod, code: '200' }, value];
const known = (arm = 'canary'): Answer[number] => [{ arm, figure: 'known' }, 1];
const scraped = (pod: string, seconds: number, arm = 'canary'): Answer[number] => [
  { arm, pod, figure: 'scraped' },
  seconds,
];
const clock: Answer = [[{ figure: 'clock' }, 0]];
const total = (one: Figure) => [...one.grown.values()].reduce((sum, value) => sum + value, 0);

describe('a count', () => {
  it('begins with the interval on the clock of Prometheus, whenever that answers first', async () => {
    const { one, ask, windows, clock: time } = figure({}, undefined, [scraped('a', 3_602)], [known(), grown('a', 7)]);
    time.skew = 3_600_000;
    await ask();
    expect(one.error).toBe('no answer in time');
    await ask();
    expect(windows.at(-1)).toMatchObject({ fromMs: 3_601_000, untilMs: 3_602_000, hidden: false, replicas: [] });
    expect(total(one)).toBe(7);
  });

  it('takes what arrives late, up to what was scraped long enough ago, and then goes on from there', async () => {
    const { one, ask, windows } = figure(
      {},
      [scraped('a', 1)],
      [known(), grown('a', 0), scraped('a', 1)],
      [known(), grown('a', 30), scraped('a', 40)],
      [known(), grown('a', 32)],
      [known(), grown('a', 9), scraped('a', 41)],
    );
    await ask();
    await ask(40);
    expect(total(one)).toBe(30);
    await ask(1);
    expect(windows.slice(-2).map((window) => window?.fromMs)).toEqual([1_000, 30_004]);
    expect(total(one)).toBe(41);
    expect(one.soFar).toEqual({
      beginMs: 1_000,
      atMs: 29_004,
      readMs: 40_000,
      grown: { canary: { '': { 200: 32 } } },
    });
  });

  it('that begins anew waits until everything was scraped since, and for the arm that must be seen', async () => {
    const { one, ask, windows } = figure(
      { anew: true, seen: 'canary' },
      [scraped('p', 0.5, 'primary')],
      [scraped('p', 1.5, 'primary')],
      [scraped('p', 2.5, 'primary'), scraped('a', 0.9)],
      [scraped('p', 2.5, 'primary'), scraped('a', 3.9)],
      [known(), known('primary'), grown('a', 4)],
    );
    for (const begun of [false, false, false, true]) {
      await ask();
      expect(one.begun).toBe(begun);
    }
    expect(windows.map((window) => window?.fromMs)).toEqual([undefined, undefined, undefined, undefined, 3_900]);
    expect(total(one)).toBe(4);
  });

  it('keeps what it has when Prometheus has forgotten all that was before, and begins again', async () => {
    const { one, ask, windows } = figure(
      {},
      [scraped('a', 1)],
      [known(), grown('a', 5)],
      [grown('a', 40_000), ...clock],
      [known(), grown('a', 2)],
    );
    await ask();
    await ask();
    expect([total(one), one.fresh('canary')]).toEqual([5, false]);
    await ask();
    expect(windows.at(-1)?.fromMs).toBe(2_000);
    expect([total(one), one.fresh('canary')]).toEqual([7, true]);
  });

  it('is told who was hidden, and what only tells copies apart', async () => {
    const { ask, windows } = figure(
      {},
      [
        [{ arm: 'canary', figure: 'hidden' }, 2],
        [{ arm: 'canary', pod: 'a', code: '200', prometheus_replica: 'b', figure: 'example' }, 1],
      ],
      clock,
    );
    await ask();
    expect(windows.at(-1)).toMatchObject({ hidden: true, replicas: ['prometheus_replica'] });
  });
});

describe('freshness', () => {
  it('is each arm for itself', async () => {
    const both = [scraped('a', 1), scraped('p', -100, 'primary')];
    const { one, ask } = figure({}, both, both);
    await ask();
    expect([one.fresh('canary'), one.fresh('primary')]).toEqual([true, false]);
    expect([one.covers(900, 'canary'), one.covers(900, 'primary')]).toEqual([true, false]);
  });

  it('is lost with an error, and comes back', async () => {
    const { one, ask } = figure({}, [scraped('a', 1)], clock, undefined, [known(), grown('a', 3)]);
    await ask();
    await ask();
    expect(one.error).toBe('no answer in time');
    expect(one.fresh('canary')).toBe(false);
    await ask();
    expect(one.fresh('canary')).toBe(true);
    expect(total(one)).toBe(3);
  });
});

it('learns the scrape interval from who was there for five minutes', async () => {
  const samples = (pod: string, value: number): Answer[number] => [{ arm: 'canary', pod, figure: 'samples' }, value];
  const { one, ask } = figure({}, [samples('a', 20), samples('b', 19)], clock);
  await ask();
  expect(one.scrapeMs).toBe(15_000);
});
