import { expect, it } from 'vitest';
import { durationValue, wholeValue } from '../../../../../src/cli/commands/shared/options.ts';

it('whole numbers are whole and within their limits', () => {
  expect(wholeValue(1, 5)('5')).toBe(5);
  expect(() => wholeValue(1, 5)('6')).toThrow(/Write a whole number, 1 to 5/);
  expect(() => wholeValue(0)('1.5')).toThrow(/Write a whole number, 0 or more/);
});

it('durations are read as in plans', () => {
  expect(durationValue('1h30m')).toBe(5_400_000);
  expect(() => durationValue('soon')).toThrow(/Write it like 90s, 30m or 1h30m/);
});
