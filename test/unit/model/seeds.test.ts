import { expect, test, vi } from 'vitest';
import { seedsToPlay } from '../../model/seeds.ts';

test('seeds are a range, one, or the first so many', () => {
  vi.stubEnv('SEEDS', undefined);
  expect(seedsToPlay(3)).toEqual([1, 2, 3]);
  vi.unstubAllEnvs();
  expect(seedsToPlay(3, '7')).toEqual([7]);
  expect(seedsToPlay(3, '5-7')).toEqual([5, 6, 7]);
});

test.each(['abc', '7-5', '', '1-'])('%s is refused with what would be right', (text) => {
  expect(() => seedsToPlay(3, text)).toThrow(`seeds look like 1-200 or 7, not "${text}"`);
});
