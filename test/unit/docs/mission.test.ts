/** Everything that was asked of Sluice is somewhere, can be seen, and is held by a test; or it says who owes it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { STEPS } from '../../../src/contract/steps.ts';
import { type MissionRow, problemsOf, rowsOf } from './mission.ts';

const rows = rowsOf(readFileSync('docs/mission.md', 'utf8'));

test('every row names a file, a command and a test that are there', () => {
  const wrong = rows.flatMap((row) => problemsOf(row).map((problem) => `${row.key} ${row.what}: ${problem}`));
  const good = rows.filter((row) => problemsOf(row).length === 0);
  console.log(`docs/mission.md: ${good.length} of ${rows.length} rows are green`);
  expect(wrong).toEqual([]);
});

test('the checklist is the one that rollouts have, and the lists are whole', () => {
  const steps = rows.filter(({ key }) => /^\d+$/.test(key));
  expect(steps.map(({ key, what }) => [key, what])).toEqual(STEPS.map(({ title }, index) => [`${index + 1}`, title]));
  expect(rows.filter(({ key }) => /^[a-e]$/.test(key))).toHaveLength(5);
  expect(rows).toHaveLength(STEPS.length + 5 + 9);
});

const good: MissionRow = {
  key: '1',
  what: 'detect the new revision',
  where: '`src/activities/detect.ts`',
  seeIt: '`sluice mirror stop`',
  heldBy: '“acceptance tests › ask every pod of the revision and no other”',
};

test.each([
  [{}, []],
  [{ heldBy: 'owed by issue 16: buttons' }, []],
  [{ where: '`src/activities/gone.ts`' }, ['no file src/activities/gone.ts']],
  [{ seeIt: '`sluice mirror cancel`' }, ['no command sluice mirror cancel']],
  [{ seeIt: '`npm run gone`' }, ['no command npm run gone']],
  [{ seeIt: '`npm run example -- gone`' }, ['no command npm run example -- gone']],
  [{ heldBy: '“ask every pod of the revision”' }, ['no test “ask every pod of the revision”']],
  [
    { heldBy: '“a delivery › ask every pod of the revision and no other”' },
    ['no test “a delivery › ask every pod of the revision and no other”'],
  ],
  [{ heldBy: 'somehow' }, ['no test, and nothing owed']],
])('a row with %o has the problems %j', (change, problems) => {
  expect(problemsOf({ ...good, ...change })).toEqual(problems);
});
