/** `npm run simulate`: the judge and the rules it is measured against, on made-up traffic. */
import { setImmediate } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { addCompareOptions, type CompareFlags, compareOptions, usage } from '../../src/cli/commands/judge/options.ts';
import { wholeValue } from '../../src/cli/commands/shared/options.ts';
import { CliError } from '../../src/cli/errors.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { runProgram } from '../../src/cli/run-program.ts';
import { addGlobalOptions, type Settings, settingsOf } from '../../src/cli/settings.ts';
import { interruptible } from '../../src/cli/terminal/interruptible.ts';
import { openTerminal, show, showRows, type Terminal } from '../../src/cli/terminal/terminal.ts';
import { initial } from '../../src/judge/compare/state.ts';
import {
  CELLS,
  type CellResult,
  cellNamed,
  parseTraffic,
  RULES,
  type RuleName,
  type SimulationSettings,
  simulate,
  TRAFFIC,
} from './index.ts';
import { openProgress } from './progress-bar.ts';
import { renderSimulation, simulationCsv } from './report.ts';

interface Flags extends CompareFlags {
  rollouts: number;
  seed: string;
  cells?: string[];
  traffic?: string[];
  rules?: string[];
  csv?: boolean;
}

const program = new Command('simulate')
  .description('What several rules do with made-up rollouts: false aborts, and ticks until a regression is found.')
  .exitOverride()
  .option('--rollouts <number>', 'rollouts of an hour, per cell and traffic', wholeValue(1, 1_000_000), 200)
  .option('--seed <text>', 'the same seed gives the same rollouts', '1')
  .option('--cells <names>', `${CELLS.map(({ name }) => name).join(', ')} (default: all)`, namesValue)
  .option(
    '--traffic <names>',
    `such as 20rps-10 or 20rps-mirror (default: ${TRAFFIC.map(({ name }) => name).join(', ')})`,
    namesValue,
  )
  .option('--rules <names>', `${RULES.join(', ')} (default: all)`, namesValue)
  .option('--csv', 'print CSV');
addCompareOptions(addGlobalOptions(program), '0')
  .addHelpText(
    'before',
    'Examples:\n  npm run simulate\n  npm run simulate -- --cells skew,late --traffic 50rps-5 --rollouts 2000 --csv > skew.csv\n',
  )
  .addHelpText('after', '\nCtrl-C prints the cells that are finished and exits with 130.')
  .action((flags: Flags, self: Command) => run(flags, self));

interface Outcome {
  rows: CellResult[];
  done: number;
  all: number;
  interrupted: boolean;
  wallSeconds: number;
  /** Largest resident size of the process. */
  peakMegabytes: number;
}

async function run(flags: Flags, self: Command): Promise<void> {
  const settings = settingsOf(self);
  const terminal = openTerminal(settings);
  const wanted = usage('options', () => settingsFor(flags));
  const outcome = await simulateAll(wanted, settings);
  showOutcome(outcome, wanted, flags.csv ?? false, terminal);
  const parts = `${outcome.done} of ${outcome.all} rollouts`;
  const cost = `${outcome.wallSeconds.toFixed(1)} s, at most ${outcome.peakMegabytes} MB of memory`;
  terminal.say(
    outcome.interrupted ? `Stopped after ${parts}; only finished cells are shown. ${cost}.` : `${parts} in ${cost}.`,
  );
  if (outcome.interrupted) process.exitCode = EXIT.interrupted;
}

function settingsFor(flags: Flags): SimulationSettings {
  const options = compareOptions(flags, 0);
  initial(options);
  return {
    rollouts: flags.rollouts,
    seed: flags.seed,
    cells: flags.cells?.map(cellNamed) ?? CELLS,
    traffic: flags.traffic?.map(parseTraffic) ?? TRAFFIC,
    rules: flags.rules?.map(ruleName) ?? RULES,
    options,
  };
}

function ruleName(name: string): RuleName {
  const rule = RULES.find((one) => one === name);
  if (rule) return rule;
  throw new CliError(EXIT.usage, `rule "${name}" is not known: ${RULES.join(', ')}`);
}

/** Between two pieces, signals and the progress bar get their turn. */
async function simulateAll(wanted: SimulationSettings, settings: Settings): Promise<Outcome> {
  const started = performance.now();
  const progress = openProgress(process.stderr, settings.quiet);
  const rows: CellResult[] = [];
  let done = 0;
  await interruptible(async (signal) => {
    for (const piece of simulate(wanted)) {
      done = piece.done;
      rows.push(...piece.finished);
      progress.show(piece.done, piece.all);
      await setImmediate();
      if (signal.aborted) break;
    }
  }).finally(() => progress.close());
  const all = wanted.cells.length * wanted.traffic.length * wanted.rollouts;
  const wallSeconds = (performance.now() - started) / 1000;
  const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  return { rows, done, all, interrupted: done < all, wallSeconds, peakMegabytes };
}

function showOutcome(outcome: Outcome, { seed, options }: SimulationSettings, csv: boolean, terminal: Terminal): void {
  const { rows } = outcome;
  if (csv) for (const line of simulationCsv(rows)) terminal.print(line);
  else if (terminal.output === 'jsonl') showRows(terminal, rows, () => []);
  else show(terminal, { seed, options, ...outcome }, () => renderSimulation(rows, terminal.look));
}

await runProgram(program);

function namesValue(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('Write names with commas between them.');
  return [...new Set(names)];
}
