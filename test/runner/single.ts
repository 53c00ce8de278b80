/** Tiers that are no test files: each is one command. */
import { type StdioOptions, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChecks } from '../../tools/checks/run.ts';
import { readResults } from '../faults/results.ts';
import { ended, interrupted } from './child.ts';
import type { TestOptions } from './options.ts';
import type { ResultFile } from './results.ts';
import type { TierName } from './tiers.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Side by side with tests. */
export async function checks(results: ResultFile): Promise<void> {
  const from = Date.now();
  const { passed, failed } = await shownAfterwards('checks', runChecks);
  if (!interrupted.aborted) add(results, 'checks', from, { passed: passed.length, failed: failed.length });
}

/** Rows of the fault table, in the lab that is up: the minimum that every merge is held against, or all. */
export async function faults({ everything, fresh, lab }: TestOptions, results: ResultFile): Promise<void> {
  const from = Date.now();
  const file = everything
    ? join(ROOT, 'out', 'faults', 'results.jsonl')
    : join(mkdtempSync(join(tmpdir(), 'sluice-faults-')), 'results.jsonl');
  const rows = everything ? (fresh ? ['--fresh'] : []) : ['--only', 'minimum'];
  console.log('\n> faults');
  const code = await node(['test/faults/main.ts', ...rows, '--name', lab, '--results', file]);
  if (interrupted.aborted) return;
  const found = [...readResults(file).values()];
  const failed = found.filter(({ ok }) => !ok).length;
  add(results, 'faults', from, { passed: found.length - failed, failed: failed || (code === 0 ? 0 : 1) });
}

/** The documents of examples/, in a lab of their own, as a person runs them; side by side with the fault table. */
export async function examples({ lab }: TestOptions, results: ResultFile): Promise<void> {
  const from = Date.now();
  const argv = ['examples/run.ts', 'all', '--name', `${lab}-examples`];
  const code = await shownAfterwards('examples', (out) => node(argv, ['ignore', out, out]));
  if (!interrupted.aborted) add(results, 'examples', from, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 });
}

function node(args: string[], out: StdioOptions = 'inherit'): Promise<number> {
  return ended(spawn(process.execPath, args, { cwd: ROOT, stdio: out }));
}

/** What runs beside something else is shown when it is over, in one piece. @param work gets its standard output and error */
async function shownAfterwards<T>(tier: TierName, work: (out: number) => Promise<T>): Promise<T> {
  const log = join(mkdtempSync(join(tmpdir(), `sluice-${tier}-`)), 'log');
  const out = openSync(log, 'w');
  console.log(`\n${tier} run beside the rest and are shown when they are over.`);
  const result = await work(out).finally(() => closeSync(out));
  if (!interrupted.aborted) console.log(`\n> ${tier}\n${readFileSync(log, 'utf8')}`);
  return result;
}

function add(results: ResultFile, tier: TierName, from: number, counts: { passed: number; failed: number }): void {
  results.add({ tier, file: tier, ...counts, left: 0, from, to: Date.now(), slow: [] });
}
