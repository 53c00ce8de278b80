import { appendFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isDone, readResults, resultTable, storeResult } from '../../faults/results.ts';
import type { RowResult } from '../../faults/row.ts';

describe('results', () => {
  const result = (id: string, ok: boolean): RowResult => ({
    ...{ id, what: 'a fault', how: 'so', ok, outcome: 'promoted', sent: 10, failed: 0 },
    ...{ checked: [], problems: ok ? [] : ['I1: users without pods'], seconds: 20, seed: 0, at: '' },
  });

  test('are appended; the newest counts, a half line does not, and what went wrong runs again', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'faults-')), 'deep', 'results.jsonl');
    expect(readResults(file).size).toBe(0);
    for (const [id, ok] of [
      ['F1', false],
      ['F2', false],
      ['F1', true],
    ] as const)
      storeResult(file, result(id, ok));
    appendFileSync(file, '{"id":"F3"');
    const known = readResults(file);
    expect([...known.keys()]).toEqual(['F1', 'F2']);
    expect(['F1', 'F2', 'F3'].map((id) => isDone(known.get(id), 0))).toEqual([true, false, false]);
    expect(isDone(known.get('F1'), 1)).toBe(false);
  });

  test('are a table, with what is wrong below', () => {
    const lines = resultTable([result('F10', true), result('F2', false)]).split('\n');
    expect(lines[1]).toMatch(/^F2 +WRONG/);
    expect(lines[2]).toMatch(/^F10 +ok/);
    expect(lines[3]).toBe('F2: I1: users without pods');
  });
});
