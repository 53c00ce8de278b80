import { parser } from '@prometheus-io/lezer-promql';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkQuery } from '../../../src/promql/check-query.ts';
import { renderQuery } from '../../../src/promql/render-query.ts';

const VALUES = {
  namespace: 'demo',
  workload: 'reviews-v2',
  service: 'reviews',
  revision: '6d5f8c9b7',
  pods: 'reviews-v2-5d8f-[a-z0-9]+',
  intervalMs: 60_000,
};
const RATE = 'sum(rate(failures_total{namespace="{{namespace}}", pod=~"{{pods}}"}[{{interval}}]))';

describe('a query of a plan', () => {
  it('gets its values', () => {
    expect(checkQuery(RATE)).toEqual([]);
    expect(renderQuery(RATE, VALUES)).toBe(
      'sum(rate(failures_total{namespace="demo", pod=~"reviews-v2-5d8f-[a-z0-9]+"}[60000ms]))',
    );
  });

  it('takes variables of its own, in parts of values, ranges, subqueries and offsets', () => {
    const query = `max_over_time(up{job=~"{{ team }}-(a|b)", app!='{{workload}}', raw=\`{{team}}\`}[{{interval}}:5s] offset {{ interval }})`;
    const variables = { team: 'pay.ments' };
    expect(checkQuery(query, variables)).toEqual([]);
    expect(renderQuery(query, { ...VALUES, variables })).toBe(
      'max_over_time(up{job=~"pay\\\\.ments-(a|b)", app!=\'reviews-v2\', raw=`pay.ments`}[60000ms:5s] offset 60000ms)',
    );
  });

  it('a count after a value counts all of it, and what stands beside the pods belongs to all of them', () => {
    const query = 'x{a=~"{{v}}+", b=~"{{v}}{2}", c=~"{{v}}{{v}}", pod=~"{{pods}}-x"}';
    expect(checkQuery(query, { v: 'ab' })).toEqual([]);
    expect(renderQuery(query, { ...VALUES, pods: 'p|q', variables: { v: 'ab' } })).toBe(
      'x{a=~"(?:ab)+", b=~"(?:ab){2}", c=~"abab", pod=~"(?:p|q)-x"}',
    );
  });

  it('takes names that every object of JavaScript has', () => {
    const query = 'x{pod=~"{{pods}}", a="{{constructor}}", b=~"{{toString}}"}';
    const variables = { constructor: 'v', toString: 'w' };
    expect(checkQuery(query, variables as never)).toEqual([]);
    expect(renderQuery(query, { ...VALUES, variables: variables as never })).toContain('a="v", b=~"w"');
  });

  it('whatever passes the check keeps its shape and its texts, whatever the value', () => {
    const piece = fc.constantFrom(
      '{{v}}',
      'a',
      '\\\\',
      '\\',
      '\\n',
      '\\x41',
      '\\"',
      "'",
      '[',
      ']',
      '{',
      '}',
      '(?',
      ')',
      '*',
      '-',
      '1',
      'Q',
    );
    const value = fc.string({ unit: fc.constantFrom(...'"\'\\\n\r{}[]()|.*+?^$`a14') });
    let passed = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), value, fc.constantFrom('=', '=~'), (pieces, v, operator) => {
        const query = `x{pod=~"{{pods}}", a${operator}"${pieces.join('')}{{v}}"}`;
        if (checkQuery(query, { v }).length > 0) return;
        passed += 1;
        const rendered = renderQuery(query, { ...VALUES, variables: { v } });
        const literals = literalsOf(rendered);
        expect(literals).toHaveLength(2);
        if (operator === '=') {
          const parts = pieces
            .join('')
            .split('{{v}}')
            .map((text) => decode(`"${text}"`));
          expect(decode(literals[1] ?? '')).toBe([...parts, ''].join(v));
        }
      }),
      { numRuns: 2_000 },
    );
    expect(passed).toBeGreaterThan(200);
  });

  it('compares exactly with the given text, whatever it is', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'"\'\\\n\r{}[]()|.*+?^$`a') }),
    );
    fc.assert(
      fc.property(text, fc.constantFrom('"', "'"), (value, quote) => {
        const query = `x{pod=~"{{pods}}", exact=${quote}{{v}}${quote}, like=~${quote}{{v}}${quote}}`;
        const rendered = renderQuery(query, { ...VALUES, variables: { v: value } });
        const literals = literalsOf(rendered);
        expect(literals).toHaveLength(3);
        expect(decode(literals[1] ?? '')).toBe(value);
        // JavaScript's pattern without flags reads an escaped text as RE2 does.
        expect(new RegExp(`^(?:${decode(literals[2] ?? '')})$`).test(value)).toBe(true);
      }),
    );
  });
});

function literalsOf(query: string): string[] {
  const found: string[] = [];
  parser.parse(query).iterate({
    enter: (node) => {
      expect(node.type.isError).toBe(false);
      if (node.name === 'StringLiteral') found.push(query.slice(node.from, node.to));
    },
  });
  return found;
}

/** As Prometheus unquotes it (Go's strconv.Unquote). */
function decode(literal: string): string {
  const escapes: Record<string, string> = { n: '\n', r: '\r' };
  const sequence = /\\(?:x([\da-f]{2})|([\s\S]))/g;
  const character = (_: string, hex: string | undefined, char: string) =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (escapes[char] ?? char);
  return literal.slice(1, -1).replace(sequence, character);
}
