/** What a run ends with: counts by tier, the slowest tests, and what was not run. */
import type { TestOptions } from './options.ts';
import type { TestFileResult } from './results.ts';
import { TIERS } from './tiers.ts';

const SLOWEST = 10;

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

/** @param results of all tiers @param seconds of the whole run */
export function summary(results: readonly TestFileResult[], options: TestOptions, seconds: number): string {
  const passed = sum(results.map((one) => one.passed));
  const failed = sum(results.map((one) => one.failed));
  const blocks = [table(results), slowest(results), broken(results), notRun(results, options)];
  return [
    ...blocks.filter(({ length }) => length > 0).map((lines) => `${lines.join('\n')}\n`),
    `in ${(seconds / 60).toFixed(1)} minutes\n`,
    `${passed} passed, ${failed} failed`,
  ].join('\n');
}

function table(results: readonly TestFileResult[]): string[] {
  const lines = TIERS.flatMap(({ name }) => {
    const own = results.filter(({ tier }) => tier === name);
    if (own.length === 0) return [];
    const cells = [sum(own.map((one) => one.passed)), sum(own.map((one) => one.failed)), wall(own)];
    return [`${name.padEnd(9)}${cells.map((cell) => cell.toFixed(0).padStart(8)).join('')}`];
  });
  return [`tier     ${['passed', 'failed', 'seconds'].map((head) => head.padStart(8)).join('')}`, ...lines];
}

/** Seconds in which a file of these ran: tiers run side by side, files of an earlier call count where they were. */
function wall(results: readonly TestFileResult[]): number {
  let seconds = 0;
  let end = 0;
  for (const { from, to } of [...results].sort((a, b) => a.from - b.from)) {
    seconds += Math.max(0, to - Math.max(from, end)) / 1000;
    end = Math.max(end, to);
  }
  return seconds;
}

function slowest(results: readonly TestFileResult[]): string[] {
  const tests = results.flatMap(({ file, slow }) => slow.map(({ name, seconds }) => ({ file, name, seconds })));
  const first = tests.sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  if (first.length === 0) return [];
  return [
    'slowest tests',
    ...first.map(({ file, name, seconds }) => `${seconds.toFixed(1).padStart(6)} s  ${file}: ${name}`),
  ];
}

function broken(results: readonly TestFileResult[]): string[] {
  const lines = results
    .filter(({ failed }) => failed > 0)
    .flatMap(({ file, failed, errors = [] }) => [
      `  ${file}: ${failed}`,
      ...errors.map(({ name, says }) => `    ${name}: ${says}`),
    ]);
  return lines.length === 0 ? [] : ['failed', ...lines];
}

/** Nothing for what a person has chosen by hand. */
function notRun(results: readonly TestFileResult[], { tiers, filters, everything }: TestOptions): string[] {
  if (everything || filters.length > 0) return [];
  const without = (suite: string) =>
    TIERS.filter((tier) => tier.suite === suite && !tiers.includes(tier)).map(({ name }) => name);
  const repeats = sum(results.map(({ left }) => left));
  const rest = [repeats > 0 && `${repeats} repeats of claims`, 'most of the fault table'].filter(Boolean);
  const lines: [what: string, command: string][] = [
    [without('node').join(', '), 'npm test'],
    [without('real').join(', '), 'npm run test:lab'],
    [rest.join(', '), 'npm run test:all'],
  ];
  return lines.filter(([what]) => what !== '').map(([what, command]) => `not run: ${what}  (${command})`);
}
