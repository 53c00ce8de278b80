import { expect, it } from 'vitest';
import { globFits } from '../../../src/plan/index.ts';

it.each([
  ['demo/*', 'demo/reviews', true],
  ['demo/*', 'demo/', true],
  ['demo/*', 'demo2/reviews', false],
  ['*/reviews', 'demo/reviews', true],
  ['*/reviews', 'demo/reviews2', false],
  ['a*b*c', 'aXbYc', true],
  ['a*b*c', 'acb', false],
  ['ab*ba', 'aba', false],
  ['ab*ba', 'abba', true],
  ['*', '', true],
  ['**', 'a', true],
  ['reviews', 'reviews', true],
  ['reviews', 'Reviews', false],
  ['a.c', 'abc', false],
])('%s, %s: %s', (pattern, text, expected) => expect(globFits(pattern, text)).toBe(expected));

it('takes no time for a hostile pair', () => {
  const start = performance.now();
  expect(globFits(`${'a*'.repeat(200)}b`, 'a'.repeat(50_000))).toBe(false);
  expect(performance.now() - start).toBeLessThan(200);
});
