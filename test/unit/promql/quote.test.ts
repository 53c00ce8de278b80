import fc from 'fast-check';
import { expect, it } from 'vitest';
import { podPattern } from '../../../src/metrics/istio-series.ts';
import { parseNumber } from '../../../src/metrics/number.ts';
import { anyOf, escapePattern, quote, selector } from '../../../src/promql/quote.ts';

it('nothing gets out of a quoted value', () => {
  expect(quote('a"} or up{x="')).toBe('"a\\"} or up{x=\\""');
  fc.assert(
    fc.property(fc.string(), (text) => {
      const quoted = quote(text);
      expect(/^"(?:[^"\\\n]|\\.)*"$/.test(quoted)).toBe(true);
      const unescaped = quoted.slice(1, -1).replace(/\\(.)/gs, (_, c) => ({ n: '\n', r: '\r' })[c as string] ?? c);
      expect(unescaped).toBe(text);
    }),
  );
});

it('an escaped pattern matches its text and nothing else', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, other) => {
      const pattern = new RegExp(`^(?:${escapePattern(text)})$`, 's');
      expect(pattern.test(text)).toBe(true);
      expect(pattern.test(other)).toBe(other === text);
    }),
  );
  expect(anyOf(['a.b', 'c|d'])).toBe('a\\.b|c\\|d');
});

it('refuses names that are none', () => {
  expect(() => selector('up', { 'a="x"}': 'y' })).toThrow(RangeError);
  expect(() => selector('up{', {})).toThrow(RangeError);
});

it('selects several metrics by a pattern', () => {
  expect(selector({ pattern: 'grpc_[0-9]+' }, { a: 'b' })).toBe('{__name__=~"grpc_[0-9]+",a="b"}');
  expect(() => selector('', {})).toThrow(RangeError);
});

it('matches the pods of one revision only', () => {
  const matches = (pod: string) => new RegExp(`^(?:${podPattern('reviews-v2', '5d8f')})$`).test(pod);
  expect(matches('reviews-v2-5d8f-x7k2p')).toBe(true);
  expect(matches('reviews-v2-5d8e-x7k2p')).toBe(false);
  expect(matches('reviews-v2-5d8f-x7k2p-evil')).toBe(false);
  const long = 'a'.repeat(60);
  expect(new RegExp(`^(?:${podPattern(long, '5d8f')})$`).test(`${'a'.repeat(58)}x7k2p`)).toBe(true);
});

it.each([
  ['1', 1],
  ['-1.5e3', -1500],
  ['NaN', Number.NaN],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
  ['', undefined],
  [' 1', undefined],
  ['0x10', undefined],
  ['Infinity', undefined],
  [1, undefined],
])('reads %j as %j', (text, value) => expect(parseNumber(text)).toEqual(value));
