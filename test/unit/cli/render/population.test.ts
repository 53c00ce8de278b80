import { expect, test } from 'vitest';
import type { PopulationRow } from '../../../../src/audit/population.ts';
import { populationCsv, renderPopulation } from '../../../../src/cli/render/population.ts';

const LOOK = { width: 120, color: false, unicode: true };
const ROWS: PopulationRow[] = [
  {
    rollout: 'reviews-1',
    namespace: 'demo',
    plan: 'reviews',
    startedAt: '2026-11-02T10:00:00.000Z',
    image: 'reviews:v2',
    by: '=HYPERLINK("x")',
    outcome: 'promoted',
    reason: 'all weights passed, "at last"',
    overrides: ['2026-11-02 promote by ann'],
    unproven: [],
  },
  { rollout: 'reviews-2', namespace: 'demo', plan: 'reviews', overrides: [], unproven: [], missing: 'no history' },
];

test('people see a table, and below it what is unusual', () => {
  const lines = renderPopulation(ROWS, LOOK);
  expect(lines[1]).toMatch(/^demo\/reviews-1 +2026-11-02T10:00:00 +promoted +reviews:v2 /);
  expect(lines.slice(-2)).toEqual([
    'demo/reviews-1 decided by a person: 2026-11-02 promote by ann',
    'demo/reviews-2 MISSING: no history',
  ]);
});

test('a spreadsheet takes nothing for a formula, and texts as they are', () => {
  const [names = '', first = '', second = ''] = populationCsv(ROWS);
  expect(names).toBe(
    'namespace,plan,rollout,startedAt,endedAt,image,by,outcome,reason,head,from,overrides,unproven,missing',
  );
  expect(first).toContain(`"'=HYPERLINK(""x"")"`);
  expect(first).toContain('"all weights passed, ""at last"""');
  expect(second.endsWith(',no history')).toBe(true);
});
