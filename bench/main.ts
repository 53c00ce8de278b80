/**
 * `npm run bench`: how fast Sluice reacts, measured in a lab of its own. This process starts the lab, lets `inside.ts`
 * measure in there, shows the results and takes the lab down. Nothing in src/ knows of it.
 */
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Command, InvalidArgumentError, Option } from 'commander';
import { startProgress } from '../lab/cli/start-progress.ts';
import { exitCode } from '../lab/host/inside.ts';
import { down, isUp, LabError, type LabState, type PartName, signalInside, spawnInside, up } from '../lab/index.ts';
import { reportText } from './lib/report.ts';
import { NAMES, type Name, type Result } from './lib/result.ts';

const LAB = 'bench';
const INTERRUPTED = 130;
const CANARIES = ['err30', 'err5', 'err1', 'err100', 'slow400ms', 'crash-after-15s'];
/** The pods run nothing, so there is nothing to scrape from them. */
const NO_METRICS: PartName[] = ['pod-metrics'];
/** Nor does anybody send requests through proxies, which would only work out a thousand routes. */
const STAND_INS: PartName[] = [...NO_METRICS, 'gateway', 'mesh-client'];

interface Flags {
  only: Name[];
  count: number;
  waiting: number;
  rollouts: number[];
  canaries: string[];
  scrapes: number[];
  rounds: number;
  analysis: object;
  output: 'table' | 'json';
  keep: boolean;
}

const program = new Command('bench')
  .description('Measures how fast Sluice reacts, in a lab with a real control plane, Istio and Temporal.')
  .addOption(
    new Option('--only <names...>', 'measure these only').choices(NAMES).default(
      NAMES.filter((name) => name !== 'many' && name !== 'harm'),
      'all but many and harm, which take twenty minutes each',
    ),
  )
  .option('--count <n>', 'samples per setting', wholeNumber, 20)
  .option('--waiting <n>', 'rollouts that wait beside, in abort-to-zero-busy', wholeNumber, 200)
  .option(
    '--rollouts <list>',
    'how many rollouts wait in each setting of many, growing',
    wholeNumbers,
    [100, 300, 1_000],
  )
  .option('--canaries <list>', 'what is wrong with the canary in each cell of harm', words, CANARIES)
  .option('--scrapes <list>', 'seconds between two scrapes in each cell of harm', wholeNumbers, [1])
  .option('--rounds <n>', 'rollouts in each cell of harm, a minute or two each', wholeNumber, 1)
  .option('--analysis <json>', "parts of the plan's analysis in harm, as a resolved plan has them", json, {})
  .addOption(new Option('--output <format>', 'what goes to stdout').choices(['table', 'json']).default('table'))
  .option('--keep', 'leave the lab up; one that was up before is always left', false)
  .addHelpText('after', '\nExit codes: 0 every median is under its target, 1 not so, 130 interrupted.');

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 1_000)
    throw new InvalidArgumentError('Write a whole number from 1 to 1000.');
  return number;
}

function wholeNumbers(value: string): number[] {
  return value.split(',').map(wholeNumber);
}

function words(value: string): string[] {
  return value.split(',').map((word) => word.trim());
}

function json(value: string): object {
  try {
    return JSON.parse(value) as object;
  } catch {
    throw new InvalidArgumentError('Write a JSON object.');
  }
}

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());

async function bench({ only, output, keep, ...options }: Flags): Promise<number> {
  const stays = keep || isUp(LAB);
  try {
    const { onState, done } = startProgress();
    const names = NAMES.filter((name) => only.includes(name));
    const standIns = names.every((name) => name === 'many') ? STAND_INS : NO_METRICS;
    const without = names.includes('harm') ? [] : standIns;
    const lab = await up({ name: LAB, without, signal: interrupt.signal, onState }).finally(done);
    const results = await measure(lab, { names, ...options, tidy: stays });
    if (!results) return interrupt.signal.aborted ? INTERRUPTED : 1;
    const machine = { processors: cpus().length, model: cpus()[0]?.model, memoryGiB: Math.round(totalmem() / 2 ** 30) };
    console.log(output === 'json' ? JSON.stringify({ machine, results }, null, 2) : reportText(results));
    return results.every(({ median, target }) => median < target) ? 0 : 1;
  } catch (error) {
    if (interrupt.signal.aborted) return INTERRUPTED;
    throw error;
  } finally {
    if (!stays) await down(LAB);
  }
}

/** @returns undefined when it failed or was interrupted; why is on stderr */
async function measure(lab: LabState, options: object): Promise<Result[] | undefined> {
  interrupt.signal.throwIfAborted();
  const child = spawnInside(lab, [process.execPath, join(import.meta.dirname, 'inside.ts'), JSON.stringify(options)]);
  child.stderr?.pipe(process.stderr);
  interrupt.signal.addEventListener('abort', () => signalInside(child, 'SIGTERM'), { once: true });
  const [code, out] = await Promise.all([exitCode(child), child.stdout ? text(child.stdout) : '']);
  return code === 0 ? (JSON.parse(out) as Result[]) : undefined;
}

try {
  process.exitCode = await bench(program.parse().opts<Flags>());
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  console.error(`bench: ${error.message}`);
  for (const line of error.details) console.error(`  ${line}`);
  process.exitCode = error.exitCode;
}
