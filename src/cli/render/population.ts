/** The rollouts of a time as a table for people, and as one for spreadsheets. Pure. */
import type { PopulationRow } from '../../audit/population.ts';
import { csv } from './csv.ts';
import type { TerminalLook } from './look.ts';
import { renderTable } from './table.ts';
import { clean } from './text.ts';

const COLUMNS = [
  { title: 'ROLLOUT', max: 36 },
  { title: 'STARTED', max: 20 },
  { title: 'OUTCOME', max: 12 },
  { title: 'IMAGE', max: 40 },
  { title: 'BY', max: 28 },
];

/** The table, and below it what people decided, what was not proven, and what is missing. */
export function renderPopulation(rows: readonly PopulationRow[], look: TerminalLook): string[] {
  const table = rows.map(({ namespace, rollout, startedAt = '', outcome, image = '', by = '', missing }) =>
    [`${namespace}/${rollout}`, startedAt.slice(0, 19), outcome ?? (missing ? 'missing' : 'open'), image, by].map(
      (text) => ({ text: clean(text) }),
    ),
  );
  const below = rows.flatMap(({ namespace, rollout, overrides, unproven, missing }) => {
    const name = `${namespace}/${rollout}`;
    return [
      ...overrides.map((text) => `${name} decided by a person: ${text}`),
      ...unproven.map((text) => `${name} not proven: ${text}`),
      ...(missing ? [`${name} MISSING: ${missing}`] : []),
    ];
  });
  return [...renderTable(COLUMNS, table, look), ...below.map(clean)];
}

const NAMES = [
  'namespace',
  'plan',
  'rollout',
  'startedAt',
  'endedAt',
  'image',
  'by',
  'outcome',
  'reason',
  'head',
  'from',
] as const;

export function populationCsv(rows: readonly PopulationRow[]): string[] {
  const cells = rows.map((row) =>
    [...NAMES.map((name) => row[name]), row.overrides.join('; '), row.unproven.join('; '), row.missing].map(
      (text) => text && clean(text),
    ),
  );
  return csv([...NAMES, 'overrides', 'unproven', 'missing'], cells);
}
