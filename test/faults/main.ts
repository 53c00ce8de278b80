/**
 * `npm run test:faults`: the fault table, row by row, in a lab of its own. This process starts the lab, lets `inside.ts` run
 * the rows in there, shows the table and takes the lab down. A second call runs what is missing or went wrong.
 */
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { startProgress } from '../../lab/cli/start-progress.ts';
import { exitCode } from '../../lab/host/inside.ts';
import { down, isUp, LabError, type LabState, signalInside, spawnInside, up } from '../../lab/index.ts';
import { parseShard, type Shard, WRONG_NAME } from './choose.ts';
import type { FaultRun } from './inside.ts';
import { forgetResults, readResults, resultTable } from './results.ts';

const INTERRUPTED = 130;
const OUT = join(import.meta.dirname, '..', '..', 'out', 'faults');

interface Flags {
  only?: string[];
  seed: number;
  shard?: Shard;
  lanes: number;
  results: string;
  name: string;
  fresh: boolean;
  keep: boolean;
}

const program = new Command('test:faults')
  .description('Runs one whole rollout for each row of the fault table and holds it against the invariants.')
  .option(
    '--only <names>',
    'rows by id, comma-separated: F28,F47; P: for all kills at activities of a rollout, P:route for one; A1: for those of an abort at step 1; S: for what stands beside the table, R: for random scripts; minimum: what npm test runs',
    list,
  )
  .option('--seed <n>', 'of random choices; the same seed makes the same faults', wholeNumber, 0)
  .option('--shard <i/n>', 'every n-th row, beginning with the i-th', readShard)
  .option('--lanes <n>', 'rows side by side', wholeNumber, 3)
  .option('--results <file>', 'where results are kept', join(OUT, 'results.jsonl'))
  .option('--name <lab>', 'name of the lab', 'faults')
  .option('--fresh', 'forget earlier results; with --only, those of the named rows', false)
  .option('--keep', 'leave the lab up; one that was up before is always left', false)
  .addHelpText(
    'after',
    '\nExit codes: 0 every row is right, 1 not so, 2 no row has that name, 130 interrupted (the next call goes on).',
  );

function list(text: string): string[] {
  return text.split(',').filter(Boolean);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('Write a whole number.');
  return number;
}

function readShard(text: string): Shard {
  try {
    return parseShard(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());

async function faults({ only, seed, shard, lanes, results, name, fresh, keep }: Flags): Promise<number> {
  if (fresh && !only) forgetResults(results);
  const stays = keep || isUp(name);
  let code = 1;
  try {
    const { onState, done } = startProgress();
    const lab = await up({ name, signal: interrupt.signal, onState }).finally(done);
    code = await runInside(lab, { only, seed, shard, lanes, fresh, results, traces: join(OUT, 'traces') });
    if (code === WRONG_NAME) return code;
    if (code !== 0 && !interrupt.signal.aborted)
      console.error(`the rows ended early, with code ${code}; the next call goes on`);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
  } finally {
    if (!stays) await down(name);
  }
  const all = [...readResults(results).values()];
  console.log(`\n${resultTable(all)}`);
  if (interrupt.signal.aborted) return INTERRUPTED;
  return code === 0 && all.length > 0 && all.every(({ ok }) => ok) ? 0 : 1;
}

async function runInside(lab: LabState, options: FaultRun): Promise<number> {
  interrupt.signal.throwIfAborted();
  const inside = join(import.meta.dirname, 'inside.ts');
  const child = spawnInside(lab, [process.execPath, inside, JSON.stringify(options)], { stdio: 'inherit' });
  interrupt.signal.addEventListener('abort', () => signalInside(child, 'SIGTERM'), { once: true });
  return exitCode(child);
}

try {
  process.exitCode = await faults(program.parse().opts<Flags>());
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  console.error(`test:faults: ${error.message}`);
  for (const line of error.details) console.error(`  ${line}`);
  process.exitCode = error.exitCode;
}
