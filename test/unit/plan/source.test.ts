import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changed, EXAMPLE, problemsOf } from '../../support/plan-text.ts';

const BOMB = `a: &a [x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
d: [*c, *c, *c, *c, *c, *c, *c, *c, *c]
`;

const LONG = `a: &a ${'x'.repeat(9_000)}\nb: [${Array(40).fill('*a')}]\n`;

const BAD: [what: string, text: string, place: string, message: string][] = [
  ['an alias bomb', BOMB, '1:1', 'too many aliases'],
  ['one text forty times', LONG, '1:1', 'with its aliases written out the file is larger than 256 KiB'],
  ['a list in itself', 'a: &a [*a]\n', '1:1', 'with its aliases written out the file is larger than 256 KiB'],
  [
    'a repeated key',
    changed(['    primary: reviews-v1', '    primary: a\n    primary: reviews-v1']),
    '8:5',
    'this key stands here twice',
  ],
  ['a second document', `${EXAMPLE}---\nkind: Secret\n`, '39:1', 'a second document begins here'],
  [
    'a tag',
    changed(['onNewRevision: supersede', 'onNewRevision: !!js/function supersede']),
    '36:18',
    'tags are not allowed',
  ],
  ['a tab', 'spec:\n\tworkload: 1\n', '2:1', 'a tab indents this line'],
  ['a key that is a list', '[a, b]: 1', '1:1', 'this key is not text'],
  ['a "?" key', '? a\n: b', '1:1', '"?" keys are not allowed'],
  ['nothing', '# only a comment\n', '1:1', 'the file is empty'],
  ['too many bytes', `# ${'x'.repeat(256 * 1024)}`, '1:1', 'the file is larger than 256 KiB'],
  ['too many keys', Array.from({ length: 6_000 }, (_, n) => `k${n}: 1`).join('\n'), '1:1', 'more than 5000 entries'],
  ['40 levels', `a: ${'['.repeat(40)}${']'.repeat(40)}`, '1:33', 'nested deeper than 30 levels'],
];

describe('text that is no plan', () => {
  it.each(BAD)('%s is refused', (_what, text, place, message) => {
    const [first] = problemsOf(text);
    expect(`${first?.line}:${first?.column} ${first?.message}`).toBe(`${place} ${message}`);
    expect(first?.remedy).not.toBe('');
  });

  it.each([
    ['brackets', '['.repeat(200_000)],
    ['braces', '{a: '.repeat(60_000)],
    ['dashes', '- '.repeat(120_000)],
    ['question marks', '? '.repeat(120_000)],
    ['quotes', '"'.repeat(100_000)],
    ['one long name', changed(['reviews-v1', 'a-'.repeat(100_000)])],
    ['one long address', changed(['team@example.com', `${'a'.repeat(50_000)}@${'b.'.repeat(20_000)}`])],
    ['one long duration', changed(['500ms', `${'1'.repeat(200_000)}ms`])],
  ])('200 kB of %s are refused in bounded time', (_what, text) => {
    const start = performance.now();
    expect(problemsOf(text).length).toBeGreaterThan(0);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it('of any kind gives a plan or problems with places, never an exception', () => {
    const noise = fc.tuple(fc.nat(EXAMPLE.length), fc.nat(20), fc.string({ unit: 'binary', maxLength: 12 }));
    const syntax = fc.tuple(
      fc.nat(EXAMPLE.length),
      fc.nat(20),
      fc.constantFrom('{', '[', '- ', '&a ', '*a', '!x', ': ', '\n'),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(noise, syntax), { minLength: 1, maxLength: 4 }), (edits) => {
        const text = edits.reduce((old, [at, cut, put]) => old.slice(0, at) + put + old.slice(at + cut), EXAMPLE);
        const last = text.split('\n').length;
        return problemsOf(text).every(
          ({ line = 0, column = 0, remedy }) => line >= 1 && line <= last && column >= 1 && remedy !== '',
        );
      }),
      { numRuns: 500 },
    );
  });

  it('does not touch any prototype', () => {
    problemsOf(
      '__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }\nspec: { __proto__: { polluted: 1 } }',
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
