import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/plan/index.ts';

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1m', 60_000],
    ['10m', 600_000],
    ['6h', 21_600_000],
    ['1h30m', 5_400_000],
    ['1m500ms', 60_500],
    ['0s', 0],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '10', '1.5s', '-1s', '1s1m', '1m 30s', '1d', 'ms', '1M', ' 1s', '1s\n', '1e3s'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );

  it('read back what was written', () => {
    const readsBack = (ms: number) => parseDuration(formatDuration(ms)) === ms;
    fc.assert(fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), readsBack));
  });
});
