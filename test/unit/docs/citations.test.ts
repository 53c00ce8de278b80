/** Whoever meets "order rule 8" in a comment finds in docs/architecture what it says. */
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { citationsIn } from './citations.ts';
import { anchorsIn } from './markdown.ts';
import { texts } from './repository.ts';

const LAWS = new Set(
  texts('.md')
    .filter(({ file }) => file.startsWith('docs/architecture/'))
    .flatMap(({ text }) => [...anchorsIn(text)]),
);

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('docs/architecture has every order rule, invariant and fault', () => {
  const all = [
    ...range(1, 14).map((number) => `order-rule-${number}`),
    ...range(1, 15).map((number) => `i${number}`),
    ...range(1, 136).map((number) => `f${String(number).padStart(2, '0')}`),
  ];
  expect(all.filter((law) => !LAWS.has(law))).toEqual([]);
});

test('every law that is quoted has an anchor there', () => {
  const citing = texts('.ts', '.mjs', '.cjs', '.md', '.yaml', '.yml', '.sh').map(({ file, text }) => ({
    file,
    citations: citationsIn(text),
  }));
  expect(citing.flatMap(({ citations }) => citations).length).toBeGreaterThan(300);
  const lawless = citing.flatMap(({ file, citations }) =>
    citations.flatMap(({ law, line }) => (LAWS.has(law) ? [] : [`${file}:${line}: ${law}`])),
  );
  expect(lawless).toEqual([]);
});

test('faults.md names the row of each fault, and says so where there is none', () => {
  const rows = texts('.ts').filter(({ file }) => file.startsWith('test/faults/rows/'));
  const idsOf = (text: string) => [...text.matchAll(/'(F\d{2,3})'/g)].map(([, id = '']) => id);
  const has = new Map(rows.flatMap(({ file, text }) => idsOf(text).map((id) => [id, posix.basename(file, '.ts')])));
  // made from the history of a clean run, one for each activity
  has.set('F01', 'pairs');
  const [table] = texts('.md').filter(({ file }) => file === 'docs/architecture/faults.md');
  const said = [...(table?.text.matchAll(/<\/a>(F\d{2,3}) .*\| ([^|]+) \|$/gm) ?? [])];
  expect(said).toHaveLength(136);
  const wrong = said.filter(([, id = '', row = '']) => row.replace(/;.*/, '') !== (has.get(id) ?? 'none'));
  expect(wrong.map(([, id, row]) => `${id}: ${row}`)).toEqual([]);
});

/** Kept apart, or this file would quote them. */
const I = 'I';
const F = 'F';

describe('a citation', () => {
  const laws = (text: string) => citationsIn(text).map(({ law, line }) => `${line} ${law}`);

  test('of order rules is read in all its forms, also over the end of a line', () => {
    expect(laws(`see order ${'rule'} 8.`)).toEqual(['1 order-rule-8']);
    expect(laws(`(order ${'rules'} 1, 3 and 12)`)).toEqual(['1 order-rule-1', '1 order-rule-3', '1 order-rule-12']);
    expect(laws(`a\n * order\n * ${'rules'} 6 to\n * 7`)).toEqual(['2 order-rule-6', '2 order-rule-7']);
  });

  test('of invariants and faults is a word of its own', () => {
    expect(laws(`${I}8: no\n(${I}11, ${F}05), '${F}104' ${F}32b.`)).toEqual([
      '1 i8',
      '2 i11',
      '2 f05',
      '2 f104',
      '2 f32',
    ]);
    expect(laws(`#${F}85 ${F}1 x${I}8 ${I}8n ${F}12abc ${I}18n.`)).toEqual([]);
  });
});
