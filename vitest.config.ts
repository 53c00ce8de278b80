import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/runner/long-first.ts';
import { REPEAT } from './test/runner/reporter.ts';

/** These wait half of their time, beside others that keep the machine busy: a look for something may take long. Vitest wants a group of their own for another number of workers. */
const SLOW = { maxWorkers: 3, sequence: { groupOrder: 1 }, expect: { poll: { timeout: 20_000 } } };

/** What the package exports, without building it first. */
const SRC = (part: string) => join(import.meta.dirname, 'src', part, 'index.ts');

/** One project per tier; `test/README.md` tells what each needs. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    maxConcurrency: 2,
    sequence: { sequencer: LongFirst },
    tags: [{ name: REPEAT, description: 'claims at a further place what another test claims already: test:all' }],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 20_000,
          // to load Vitest and the same modules for each file anew would be a third of the tier
          isolate: false,
          setupFiles: ['test/support/own-mocks.ts'],
        },
      },
      {
        resolve: {
          alias: Object.fromEntries(
            ['server', 'worker', 'cli', 'contract'].map((part) => [`sluice/${part}`, SRC(part)]),
          ),
        },
        test: { name: 'extras', include: ['extras/*/test/**/*.test.ts'], testTimeout: 20_000 },
      },
      { test: { name: 'model', include: ['test/model/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'workflow',
          globalSetup: 'test/workflow/support/server.ts',
          setupFiles: ['test/workflow/support/quiet.ts'],
          // packages beside the core have some of their own
          include: ['test/workflow/**/*.test.ts', 'extras/*/workflow/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          ...SLOW,
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/package/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          ...SLOW,
        },
      },
      { test: { name: 'replay', include: ['test/replay/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          ...SLOW,
        },
      },
    ],
  },
});
