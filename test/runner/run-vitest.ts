/** Runs test files with vitest and tells what became of each. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { watchProcessors } from './busy.ts';
import { ended, interrupted } from './child.ts';
import { REPEAT } from './reporter.ts';
import type { ResultFile } from './results.ts';
import type { Tier } from './tiers.ts';

const VITEST = join(import.meta.dirname, '..', '..', 'node_modules', 'vitest', 'vitest.mjs');
const REPORTER = join(import.meta.dirname, 'reporter.ts');

export type StartProgram = (argv: string[], env: Record<string, string>) => ChildProcess;

export interface VitestRun {
  /** What to run: tiers with their files. */
  files: Map<Tier, string[]>;
  /** Repeats of claims too. */
  everything: boolean;
  results: ResultFile;
  start: StartProgram;
}

/** A file that vitest never spoke of counts as failed: a crash of the runner is no success. */
export async function runVitest({ files, everything, results, start }: VitestRun): Promise<void> {
  const chosen = [...files].filter(([, paths]) => paths.length > 0);
  if (chosen.length === 0) return;
  const began = Date.now();
  const projects = chosen.flatMap(([{ name }]) => ['--project', name]);
  const options = ['--reporter=default', `--reporter=${REPORTER}`, ...(everything ? [] : [`--tags-filter=!${REPEAT}`])];
  const about = chosen.map(([{ name }]) => name).join(', ');
  const processors = watchProcessors();
  console.log(`\n> ${about}`);
  const argv = [process.execPath, VITEST, 'run', ...projects, ...options, ...chosen.flatMap(([, paths]) => paths)];
  const code = await ended(start(argv, { TEST_RESULTS: results.path }));
  if (interrupted.aborted) return;
  console.log(`${about}: ${processors()}`);
  const ran = results.read().filter(({ to }) => to >= began);
  const silent = chosen.flatMap(([{ name }, paths]) =>
    paths
      .filter((path) => !ran.some(({ tier, file }) => tier === name && file === path))
      .map((file) => ({ tier: name, file })),
  );
  for (const one of silent)
    results.add({ ...one, passed: 0, failed: 1, left: 0, from: began, to: Date.now(), slow: [] });
  const [first] = chosen;
  if (code !== 0 && first && silent.length === 0 && ran.every(({ failed }) => failed === 0)) {
    const note = { tier: first[0].name, file: 'vitest itself', passed: 0, failed: 1, left: 0, slow: [] };
    results.add({ ...note, from: began, to: Date.now() });
  }
}

/** Runs what changes, until Ctrl-C. */
export function watchVitest(filters: readonly string[], start: StartProgram): Promise<number> {
  return ended(start([process.execPath, VITEST, '--project', 'unit', ...filters], {}));
}
