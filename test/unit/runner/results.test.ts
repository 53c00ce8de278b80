import { appendFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ResultFile, type TestFileResult } from '../../runner/results.ts';

const result = (file: string, more: Partial<TestFileResult> = {}): TestFileResult => ({
  ...{ tier: 'unit', file, passed: 2, failed: 0, left: 0, from: 0, to: 1_000, slow: [] },
  ...more,
});

const newFile = () => new ResultFile(join(mkdtempSync(join(tmpdir(), 'results-')), 'deep', 'results.jsonl'));

it('the newest of each file counts, and a line that was cut off does not', () => {
  const file = newFile();
  expect(file.read()).toEqual([]);
  file.add(result('a', { failed: 1 }));
  file.add(result('b'));
  file.add(result('a'));
  appendFileSync(file.path, '{"tier":"unit","file":"c"');
  expect(file.read()).toEqual([result('a'), result('b')]);
});

it('what is not wanted any more is forgotten, on disk too', () => {
  const file = newFile();
  file.add(result('a', { failed: 1 }));
  file.add(result('b'));
  file.keep(({ failed }) => failed === 0);
  expect(new ResultFile(file.path).read()).toEqual([result('b')]);
});
