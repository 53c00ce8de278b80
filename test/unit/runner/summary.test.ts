import { describe, expect, it } from 'vitest';
import { readOptions, type TestOptions } from '../../runner/options.ts';
import type { TestFileResult } from '../../runner/results.ts';
import { summary } from '../../runner/summary.ts';

const options = (...args: string[]) => readOptions(args) as TestOptions;
const result = (tier: TestFileResult['tier'], file: string, more: Partial<TestFileResult> = {}): TestFileResult => ({
  ...{ tier, file, passed: 2, failed: 0, left: 0, from: 0, to: 1_000, slow: [] },
  ...more,
});

const RESULTS = [
  result('checks', 'checks', { passed: 6, to: 30_000 }),
  result('unit', 'test/unit/a.test.ts', { from: 0, to: 20_000 }),
  // side by side with the one before for ten seconds
  result('unit', 'test/unit/b.test.ts', {
    from: 10_000,
    to: 40_000,
    failed: 1,
    slow: [{ name: 'x > y', seconds: 29 }],
    errors: [{ name: 'x > z', says: 'expected 1 to be 2' }],
  }),
];

describe('a summary', () => {
  it('counts by tier, each second once, and ends with the sums alone', () => {
    const lines = summary(RESULTS, options(), 75).split('\n');
    expect(lines.slice(0, 3)).toEqual([
      'tier       passed  failed seconds',
      'checks          6       0      30',
      'unit            4       1      40',
    ]);
    expect(lines).toContain('in 1.3 minutes');
    expect(lines.at(-1)).toBe('10 passed, 1 failed');
  });

  it('names what is slow and what failed', () => {
    const text = summary(RESULTS, options(), 75);
    expect(text).toContain('slowest tests\n  29.0 s  test/unit/b.test.ts: x > y');
    expect(text).toContain('failed\n  test/unit/b.test.ts: 1\n    x > z: expected 1 to be 2');
  });

  it('names what was not run, with the command for it', () => {
    expect(
      summary(RESULTS, options(), 75)
        .split('\n')
        .filter((line) => line.startsWith('not run')),
    ).toEqual([
      'not run: workflow, package, lab, faults, examples  (npm run test:lab)',
      'not run: most of the fault table  (npm run test:all)',
    ]);
    const gate = summary([result('lab', 'test/lab/a.test.ts', { left: 3 })], options('--lab'), 75);
    expect(gate).toContain('not run: checks, unit, replay, model, extras  (npm test)');
    expect(gate).toContain('not run: 3 repeats of claims, most of the fault table  (npm run test:all)');
  });

  it('says nothing of the kind when everything ran, or what a person chose', () => {
    for (const args of [['--all'], ['unit/runner']])
      expect(summary(RESULTS, options(...args), 75)).not.toContain('not run');
  });
});
