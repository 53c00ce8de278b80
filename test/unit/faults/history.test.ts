import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, test } from 'vitest';
import { tracedRun } from '../../faults/history.ts';
import { advancesOnEvidence } from '../../faults/oracles/decisions.ts';
import { goodTrace } from './good-trace.ts';

const HISTORIES = join(import.meta.dirname, '..', '..', 'histories');

function read(name: string) {
  const history = historyFromJSON(JSON.parse(readFileSync(join(HISTORIES, `v0.1.0-${name}.json`), 'utf8')));
  return tracedRun(name, history.events ?? []);
}

test('a recorded run tells its activities, its span and how it ended', () => {
  const run = read('promoted');
  expect(run.view?.outcome?.kind).toBe('promoted');
  expect(run.closedAt).toBeGreaterThan(run.startedAt);
  expect(run.activities[0]).toMatchObject({ name: 'detect', result: { kind: 'new' } });
  expect(run.activities.filter(({ name }) => name === 'route').length).toBeGreaterThan(3);
  for (const { at, endedAt = 0 } of run.activities.filter(({ result }) => result))
    expect(endedAt).toBeGreaterThanOrEqual(at);
});

test.each(['promoted', 'failed', 'aborted', 'superseded', 'held'])(
  'the recorded run %s advanced on evidence',
  (name) => {
    expect(advancesOnEvidence({ ...goodTrace(), runs: [read(name)] })).toEqual([]);
  },
);

test('the same run without its verdicts did not', () => {
  const run = read('promoted');
  const blind = { ...run, activities: run.activities.filter(({ name }) => name !== 'checkInterval') };
  expect(advancesOnEvidence({ ...goodTrace(), runs: [blind] })).not.toEqual([]);
});
