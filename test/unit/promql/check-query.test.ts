import { parser } from '@prometheus-io/lezer-promql';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkQuery, renderQuery } from '../../../src/promql/index.ts';

const VALUES = {
  namespace: 'demo',
  workload: 'reviews-v2',
  service: 'reviews',
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

  it.each([
    ['sum(rate(x{pod=~"{{pods}}"}[1m])', {}, 'no PromQL at column 33: it ends too early'],
    ['sum(x{pod=~"{{pods}}"}) + * 2', {}, 'no PromQL at column'],
    ['x{pod=~"{{pods}}", a="{{region}}"}', {}, '{{region}} at column 23 is unknown'],
    ['x{pod=~"{{pods}}"}', { region: 'eu' }, 'the query does not use the variable region'],
    ['x{namespace="{{namespace}}"}', {}, 'the query does not tell canary from primary'],
    ['x{pod="{{pods}}"}', {}, '{{pods}} at column 8 is a pattern'],
    ['{{workload}}_total{pod=~"{{pods}}"}', {}, '{{workload}} at column 1 stands outside the value of a label'],
    ['x{{{workload}}="a", pod=~"{{pods}}"}', {}, '{{workload}} at column 3 stands outside the value of a label'],
    ['label_replace(x{pod=~"{{pods}}"}, "a", "{{workload}}", "b", "")', {}, 'stands outside the value of a label'],
    ['x{pod=~"{{pods}}", a="{{interval}}"}', {}, '{{interval}} at column 23 is a duration'],
    ['rate(x{pod=~"{{pods}}"}[{{workload}}])', {}, '{{workload}} at column 25 stands outside'],
    ['x{pod=~"{{pods}}", a=`{{odd}}`}', { odd: '`' }, 'has a backtick between backticks'],
    ['sum(\n  x{pod=~"{{pods}}", a="{{no}}"})', {}, '{{no}} at line 2, column 25 is unknown'],
    ['x{pod=~"{{pods}}", a="{{constructor}}"}', {}, '{{constructor}} at column 23 is unknown'],
    ['rate(x{pod=~"{{pods}}"}[1{{interval}}])', {}, '{{interval}} at column 26 is a duration'],
    ['rate(x{pod=~"{{pods}}"}[5m{{interval}}])', {}, '{{interval}} at column 27 is a duration'],
    ['x{pod=~"{{pods}}", a="{{re-gion}}"}', {}, 'the braces at column 23 hold no name'],
    ['x{pod=~"{{pods}}", a="{{region}"}', {}, 'the braces at column 23 hold no name'],
    ['x{pod=~"{{pods}}", a="\\d"}', {}, 'the backslash at column 23 begins no escape'],
    ['x{pod=~"{{pods}}", a="\\\'"}', {}, 'the backslash at column 23 begins no escape'],
    ['x{pod=~"{{pods}}", a="open\n"}', {}, 'no PromQL at line 1, column 22'],
  ])('%s is refused', (query, variables, message) => {
    const [problem] = checkQuery(query, variables as Record<string, string>);
    expect(problem?.message).toContain(message);
    expect(problem?.remedy).not.toBe('');
  });

  it.each(['\\{{v}}', '\\\\\\{{v}}', '\\x{{v}}', '\\x4{{v}}', '\\u00{{v}}', '\\1{{v}}'])(
    'a backslash takes no part of a value: "%s"',
    (inside) => {
      const [problem] = checkQuery(`x{pod=~"{{pods}}", a="${inside}"}`, { v: '"} or up{z="' });
      expect(problem?.message).toMatch(/^the backslash at column \d+ begins no escape/);
    },
  );

  it.each([
    '[{{v}}]',
    '[^]{{v}}]',
    '[[:alpha:]{{v}}]',
    'a{{{v}}}',
    'a{1,{{v}}}',
    '(?{{v}})',
    '\\{{v}}',
    '\\p{{v}}',
    '\\Q{{v}}\\E',
  ])('a value is no part of a pattern: `%s`', (inside) => {
    const [problem] = checkQuery(`x{pod=~"{{pods}}", a=~\`${inside}\`}`, { v: 'x' });
    expect(problem?.message).toMatch(/^\{\{v\}\} at column \d+ stands inside a class/);
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
