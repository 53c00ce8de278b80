import fc from 'fast-check';
import { expect, it } from 'vitest';
import { safeJson } from '../../../src/contract/safe-json.ts';

it('says the same, without a character that steers', () => {
  const unit = fc.constantFrom(
    'a',
    '"',
    '\\',
    '\u007f',
    '\u009b',
    '\u200d',
    '\u202e',
    '\u2028',
    '\u{e0001}',
    '👩‍🚀',
    '\n',
  );
  fc.assert(
    fc.property(fc.string({ unit }), (text) => {
      const json = safeJson(JSON.stringify({ [text]: text }));
      expect(JSON.parse(json)).toEqual({ [text]: text });
      expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});
