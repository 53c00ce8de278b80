import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { can, ROUTE_KINDS } from '../../../src/routers/index.ts';

const lines = readFileSync('docs/use/routers.md', 'utf8').split('\n');
const cells = (line = '') =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

it('the table of docs/use/routers.md is what the routers say of themselves', () => {
  expect(cells(lines.find((line) => line.startsWith('| |')))).toEqual(['', ...ROUTE_KINDS]);
  const abilities = ROUTE_KINDS.map(can);
  const row = (name: string) => cells(lines.find((line) => line.startsWith(`| ${name} |`))).slice(1);
  const yes = (said: boolean) => (said ? 'yes' : 'no');
  const mirrors = { percent: 'any percent', all: 'all', none: 'no' };
  expect(row('weights')).toEqual(abilities.map((one) => one.weights));
  expect(row('mirror')).toEqual(abilities.map((one) => mirrors[one.mirror]));
  expect(row('header match')).toEqual(abilities.map((one) => yes(one.headerMatch)));
  expect(row('affinity')).toEqual(abilities.map((one) => yes(one.affinity)));
  expect(row('observed by')).toEqual(abilities.map((one) => one.observed));
  expect(row('destination')).toEqual(abilities.map((one) => one.destination));
});
