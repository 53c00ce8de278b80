/** Results of a simulation: a table per cell, or CSV. */

import { type TerminalLook, toLine } from '../../src/cli/render/look.ts';
import { renderTable, type TableCell } from '../../src/cli/render/table.ts';
import { wrap } from '../../src/cli/render/text.ts';
import type { CellResult, RuleName } from './index.ts';

const TITLES: Record<RuleName, string> = {
  compare: 'compare',
  threshold: '99 % x5',
  'z-test': 'z-test',
  'mann-whitney': 'M-W 10 min',
  'mann-whitney-once': 'M-W once',
};

/** Percent of rollouts aborted @ median tick, a row per traffic and a column per rule. */
export function renderSimulation(rows: readonly CellResult[], look: TerminalLook): string[] {
  const cells = [...new Set(rows.map(({ cell }) => cell))];
  const legend = wrap('Percent of rollouts aborted @ median tick; "passed": by compare, before any abort.', look.width);
  return [
    ...legend.map((line) => toLine([['quiet', line]], look)),
    ...cells.flatMap((cell) =>
      table(
        rows.filter((row) => row.cell === cell),
        look,
      ),
    ),
  ];
}

function table(rows: readonly CellResult[], look: TerminalLook): string[] {
  const rules = [...new Set(rows.map(({ rule }) => rule))];
  const columns = ['', ...rules.flatMap((rule) => (rule === 'compare' ? [TITLES[rule], 'passed'] : [TITLES[rule]]))];
  const traffic = [...new Set(rows.map((row) => row.traffic))];
  const lines = traffic.map((name) => [{ text: name }, ...rows.filter((row) => row.traffic === name).flatMap(figures)]);
  const [first] = rows;
  const kind = first?.harmless ? 'every abort is a false one' : 'every abort is right';
  return [
    '',
    toLine(
      [
        ['strong', `${first?.title}`],
        ['quiet', `  (${kind}; ${first?.rollouts} rollouts)`],
      ],
      look,
    ),
    ...renderTable(
      columns.map((title) => ({ title, max: 16 })),
      lines,
      look,
    ),
  ];
}

function figures(row: CellResult): TableCell[] {
  const wrong = row.harmless && row.aborted > 0;
  const aborted: TableCell = {
    text: figure(row.aborted, row.rollouts, row.abortTick),
    style: wrong ? 'bad' : undefined,
  };
  return row.rule === 'compare' ? [aborted, { text: figure(row.passed, row.rollouts, row.passTick) }] : [aborted];
}

function figure(count: number, rollouts: number, tick: number | undefined): string {
  const percent = Number(((100 * count) / rollouts).toFixed(2));
  return tick === undefined ? String(percent) : `${percent} @${tick}`;
}

const COLUMNS = [
  'cell',
  'title',
  'harmless',
  'traffic',
  'rule',
  'rollouts',
  'aborted',
  'passed',
  'abortTick',
  'passTick',
  'abortRequests',
  'passRequests',
] as const satisfies readonly (keyof CellResult)[];

/** RFC 4180 with a heading; empty where there is no value. */
export function simulationCsv(rows: readonly CellResult[]): string[] {
  return [COLUMNS.join(','), ...rows.map((row) => COLUMNS.map((column) => field(row[column])).join(','))];
}

function field(value: string | number | boolean | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
