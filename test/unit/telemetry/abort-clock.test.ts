import { expect, test } from 'vitest';
import { AbortClock } from '../../../src/telemetry/abort-clock.ts';

test('the first write after an abort ends it, whichever is seen first', () => {
  const clock = new AbortClock();
  expect(clock.asked('a', 1_000)).toBeUndefined();
  expect(clock.written('a', 1_080)).toBe(0.08);
  expect(clock.written('a', 9_000)).toBeUndefined();
  expect(clock.written('b', 1_080)).toBeUndefined();
  expect(clock.asked('b', 1_000)).toBe(0.08);
});

test('a write from before the abort is none of its', () => {
  const clock = new AbortClock();
  expect(clock.written('a', 500)).toBeUndefined();
  expect(clock.asked('a', 1_000)).toBeUndefined();
  expect(clock.written('a', 1_050)).toBe(0.05);
});

test('it remembers so many runs and no more', () => {
  const clock = new AbortClock();
  clock.asked('first', 1_000);
  for (let run = 0; run < 100; run += 1) clock.asked(String(run), 1_000);
  expect(clock.written('first', 1_050)).toBeUndefined();
  expect(clock.written('99', 1_050)).toBe(0.05);
});
