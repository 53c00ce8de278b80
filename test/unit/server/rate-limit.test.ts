import { expect, it } from 'vitest';
import { RateLimit } from '../../../src/server/rate-limit.ts';

const limit = () => new RateLimit({ perMinute: 60, burst: 3 });

it('takes a burst, then the lasting rate, and says how long to wait', () => {
  const one = limit();
  expect([0, 0, 0, 0].map((now) => one.take('a', now))).toEqual([0, 0, 0, 1000]);
  expect(one.take('a', 400)).toBe(600);
  expect([1000, 1000].map((now) => one.take('a', now))).toEqual([0, 1000]);
});

it('what is refused does not count, and another key is not touched', () => {
  const one = limit();
  for (let n = 0; n < 1000; n += 1) one.take('flood', 0);
  expect(one.take('flood', 1000)).toBe(0);
  expect(one.take('b', 0)).toBe(0);
});

it('remembers no more than 10,000 keys, and of these the ones that came last', () => {
  const one = limit();
  for (const now of [0, 0, 0]) one.take('old', now);
  for (let n = 0; n < 10_000; n += 1) one.take(`k${n}`, 0);
  expect(one.take('old', 0)).toBe(0);
  for (const now of [0, 0]) one.take('k9999', now);
  expect(one.take('k9999', 0)).toBeGreaterThan(0);
});
