import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { type Settings, settingsOf } from '../../settings.ts';
import { openTerminal, type Terminal } from '../../terminal/terminal.ts';
import { wholeValue } from '../shared/options.ts';
import type { RecordedTick } from './input.ts';
import { type Looked, verdictOf } from './look.ts';
import { addCompareOptions, numbersValue, percentValue, type ReplayFlags, replayOptions, usage } from './options.ts';

interface Flags extends ReplayFlags {
  rule: 'compare' | 'threshold';
  minSuccess: number;
  failures: number;
  chart?: string;
}

export function addJudgeReplay(judge: Command): void {
  const replay = judge
    .command('replay <file>')
    .description('what a rule would have done with a recorded series (JSON Lines, - for stdin)');
  addCompareOptions(replay, '2')
    .option('--min-ticks <ticks>', 'counted ticks before a pass (default: 3)', wholeValue(0))
    .option('--deadline <ticks>', 'inconclusive after so many ticks of a stage (default: none)', wholeValue(1))
    .option('--no-errors', 'do not compare errors')
    .option('--latency', 'compare the histograms')
    .option('--latency-guards <bounds>', 'bounds that a pass must prove, such as 0.1,0.5; with --latency', numbersValue)
    .option('--guard-errors <percent>', 'limit for the canary whatever the primary does, such as 1%', percentValue)
    .addOption(new Option('--rule <name>', 'which rule looks').choices(['compare', 'threshold']).default('compare'))
    .addOption(
      new Option('--min-success <percent>', 'rule threshold: smallest success rate of a tick')
        .argParser(successValue)
        .default(0.99, '99'),
    )
    .option('--failures <number>', 'rule threshold: failed checks that abort', wholeValue(1), 5)
    .option('--chart <file.svg>', 'draw the evidence over time')
    .addHelpText(
      'before',
      'Examples:\n  sluice judge replay series.jsonl\n  sluice judge replay series.jsonl --latency --chart evidence.svg\n' +
        '  sluice judge replay - --warmup 0 -o json < series.jsonl\n',
    )
    .addHelpText(
      'after',
      '\nA line: {"tick":1,"canary":{"requests":100,"errors":1,"histogram":{"le":[0.1,0.5],"counts":[90,99,100]}},"primary":{…}}\n' +
        'Counts are those of the tick alone; an arm that was not heard of is left out or null. See docs/use/judge.md.\n' +
        'With -o json or jsonl: one object per line and tick, numbers at full precision.\n' +
        'Exit code: 0 when the canary would have gone on, 3 when it would have been aborted, 2 for bad input.',
    )
    .action((file: string, flags: Flags, self: Command) => replayFile(file, flags, self));
}

async function replayFile(file: string, flags: Flags, self: Command): Promise<void> {
  const settings = settingsOf(self);
  const terminal = openTerminal(settings);
  if (flags.chart && flags.rule === 'threshold')
    throw new CliError(EXIT.usage, '--chart draws evidence: rule threshold has none', 'Leave out --rule threshold.');
  const looks = await lookAt(file, flags, settings, terminal);
  if (looks.length === 0) throw new CliError(EXIT.usage, `${file === '-' ? 'stdin' : file} has no ticks`);
  if (flags.chart) await drawChart(flags.chart, file, looks, terminal);
  if (settings.output === 'text') {
    const { renderReplay } = await import('../../render/judge-replay.ts');
    for (const line of renderReplay(looks, terminal.look)) terminal.print(line);
  }
  process.exitCode = looks.some((look) => verdictOf(look) === 'abort') ? EXIT.failed : EXIT.ok;
}

/** Machines get each tick as it is read. */
async function lookAt(file: string, flags: Flags, settings: Settings, terminal: Terminal): Promise<Looked[]> {
  const [{ parseTick, readLines }, look] = await Promise.all([import('./input.ts'), openRule(flags)]);
  const looks: Looked[] = [];
  for await (const { line, where } of readLines(file)) {
    const counts = parseTick(line, where);
    const looked = usage(where, () => look(counts));
    looks.push(looked);
    if (settings.output !== 'text') terminal.print(JSON.stringify(dataOf(looked)));
  }
  return looks;
}

async function openRule(flags: Flags): Promise<(counts: RecordedTick) => Looked> {
  if (flags.rule === 'threshold') {
    const { thresholdChecks } = await import('../../../judge/threshold.ts');
    const check = thresholdChecks({ minSuccess: flags.minSuccess, failures: flags.failures });
    return (counts) => ({ counts, check: check(counts.canary ?? { requests: 0, errors: 0 }) });
  }
  const [{ initial, startStage }, { step }] = await Promise.all([
    import('../../../judge/compare/state.ts'),
    import('../../../judge/compare/step.ts'),
  ]);
  let state = usage('options', () => initial(replayOptions(flags)));
  return (counts) => {
    const { weight, ...tick } = counts;
    if (weight !== undefined && (weight ?? undefined) !== state.stage.weight)
      state = startStage(state, { weight: weight ?? undefined });
    const next = step(state, tick);
    state = next.state;
    return { counts, output: next.output };
  };
}

function dataOf(look: Looked): unknown {
  return 'output' in look ? look.output : { tick: look.counts.tick, ...look.check };
}

async function drawChart(path: string, file: string, looks: readonly Looked[], terminal: Terminal): Promise<void> {
  const { renderChart } = await import('../../render/judge-chart.ts');
  const outputs = looks.flatMap((look) => ('output' in look ? [look.output] : []));
  const svg = renderChart(outputs, `Evidence over time, ${file === '-' ? 'stdin' : file}`);
  await writeFile(path, svg).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(EXIT.usage, `cannot write ${path}: ${error.code ?? error.message}`);
  });
  terminal.say(`Chart written to ${path}.`);
}

/** `99` and `99%` alike, as plans have it. */
function successValue(text: string): number {
  return percentValue(text.endsWith('%') ? text : `${text}%`);
}
