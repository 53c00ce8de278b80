import { describe, expect, it } from 'vitest';
import { readOptions, type TestOptions, WrongOptions } from '../../runner/options.ts';

const read = (...args: string[]) => readOptions(args) as TestOptions;
const tiers = (...args: string[]) => read(...args).tiers.map(({ name }) => name);

describe('the tiers', () => {
  it('of npm test need Node alone, those of test:lab are the others, and test:all is both', () => {
    expect(tiers()).toEqual(['checks', 'unit', 'replay', 'model', 'extras']);
    expect(tiers('--lab')).toEqual(['workflow', 'package', 'lab', 'faults', 'examples']);
    expect(tiers('--all')).toEqual([...tiers(), ...tiers('--lab')]);
    expect([read('--lab'), read('--all')].map(({ everything }) => everything)).toEqual([false, true]);
  });

  it('are those that are named, or that have a file of the filter', () => {
    expect(tiers('--only', 'model,unit')).toEqual(['unit', 'model']);
    expect(tiers('unit/runner/options')).toEqual(['unit']);
    expect(tiers('--all', 'random')).toEqual(['unit', 'model', 'workflow']);
  });
});

it('help and watching are no runs', () => {
  expect(readOptions(['--help'])).toBeUndefined();
  expect(readOptions(['--watch', 'judge'])).toEqual({ watch: ['judge'] });
});

it.each([
  [['--only', 'unit,labs'], 'no tier is called "labs"; there are checks, unit, '],
  [['--only', ''], 'no tier is called ""'],
  [['--fresh'], '--fresh goes with test:all'],
  [['--bogus'], "Unknown option '--bogus'"],
  [['no-such-file'], 'no test file of checks, unit, replay, model, extras has "no-such-file" in its path'],
  [['lab/rollout/drift'], 'in its path; --only lab would find some'],
])('%j is refused with what would be right', (args, message) => {
  expect(() => readOptions(args)).toThrow(WrongOptions);
  expect(() => readOptions(args)).toThrow(message);
});
