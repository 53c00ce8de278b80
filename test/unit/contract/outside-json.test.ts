import { expect, it } from 'vitest';
import { parseOutsideJson } from '../../../src/contract/outside-json.ts';

const nested = (levels: number, inner = '') => '['.repeat(levels) + inner + ']'.repeat(levels);

it('takes 32 levels, and brackets in texts', () => {
  expect(() => parseOutsideJson(nested(32))).not.toThrow();
  const text = `${'['.repeat(99)}"\\`;
  expect(parseOutsideJson(JSON.stringify({ text }))).toEqual({ text });
});

it.each([
  ['33 levels', nested(33)],
  ['half a million levels', '['.repeat(500_000)],
  ['levels of objects', '{"a":'.repeat(40)],
  ['levels after a text', `["\\"",${nested(33)}]`],
])('refuses %s', (_, text) => expect(() => parseOutsideJson(text)).toThrow(/deeper than 32/));
