import { expect, it } from 'vitest';
import type { Sample } from '../../../src/metrics/answer.ts';
import { isEmpty, lateness, sourceQuestion } from '../../../src/metrics/source-question.ts';

const NOW_MS = 1_796_012_476_000;
/** As VictoriaMetrics 1.140 and Prometheus 3.8 answer. */
const clock = (value: number) => ({ labels: { figure: 'clock' }, value, timeMs: NOW_MS });
const absent = { labels: { cluster: 'eu' }, value: 1, timeMs: NOW_MS };

it('asks whether anything is selected, and what time it is there', () => {
  expect(sourceQuestion('up')).toBe('absent(up) or label_replace(vector(time()), "figure", "clock", "", "")');
});

it.each<[string, Sample[], RegExp | undefined]>([
  ['at once', [clock(1_796_012_476)], undefined],
  ['a rounding ago', [clock(1_796_012_475.4)], undefined],
  ['half a minute ago', [clock(1_796_012_446.574)], /^answers as of 29s ago.* nocache: "1"/],
  ['half a minute ago, of nothing', [absent, clock(1_796_012_446)], /^answers as of 30s ago/],
  ['without a time', [absent], undefined],
])('a store that answers %s', (_, samples, said) => {
  if (said) expect(lateness(samples)).toMatch(said);
  else expect(lateness(samples)).toBeUndefined();
  expect(isEmpty(samples)).toBe(samples.some((one) => one === absent));
});
