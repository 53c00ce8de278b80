import { type Command, InvalidArgumentError } from 'commander';
import { DEFAULTS, LAST_COMPARED_WEIGHT } from '../../../judge/compare/presets.ts';
import { expectation, type JudgePlan } from '../../../judge/expectation.ts';
import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { renderJudgePlan } from '../../render/judge-plan.ts';
import { settingsOf } from '../../settings.ts';
import { openTerminal, show } from '../../terminal/terminal.ts';
import { durationValue } from '../shared/options.ts';
import { addCompareOptions, type CompareFlags, compareOptions, percentValue, positiveValue, usage } from './options.ts';

interface Flags extends CompareFlags {
  rps: number;
  weight?: number;
  mirror?: boolean;
  baseErrors: number;
  regression?: Regression[];
  /** ms */
  tick: number;
}

type Regression = { points: number } | { factor: number };

export function addJudgePlan(judge: Command): void {
  const plan = judge
    .command('plan')
    .description('how long until a healthy canary passes and a given regression is found')
    .requiredOption('--rps <number>', 'requests per second of the service', positiveValue)
    .option('--weight <percent>', `the canary serves so much, above 0 to ${LAST_COMPARED_WEIGHT}`, weightValue)
    .option('--mirror', 'the canary gets a copy of each request')
    .requiredOption('--base-errors <percent>', 'error rate of the primary, such as 0.1%', percentValue)
    .option(
      '--regression <change>',
      'error rate of a bad canary: +1% (points) or x2; repeat it for more',
      regressionValue,
    )
    .option('--tick <duration>', 'time between looks', durationValue, 60_000);
  addCompareOptions(plan, String(DEFAULTS.warmupTicks))
    .addHelpText(
      'before',
      'Examples:\n  sluice judge plan --rps 50 --weight 5 --base-errors 0.1%\n' +
        '  sluice judge plan --rps 50 --mirror --base-errors 1% --regression +0.5% --regression x3 --tick 30s\n',
    )
    .addHelpText(
      'after',
      '\nAverages by the growth of the evidence; single rollouts take up to about twice as long. JSON has null for never.',
    )
    .action((flags: Flags, self: Command) => {
      const terminal = openTerminal(settingsOf(self));
      const answer = judgePlan(flags);
      show(terminal, answer, () => renderJudgePlan(answer, terminal.look));
    });
}

function judgePlan(flags: Flags): JudgePlan {
  const { rps, mirror, baseErrors, tick } = flags;
  if (mirror ? flags.weight !== undefined : flags.weight === undefined)
    throw new CliError(EXIT.usage, 'one of --weight and --mirror is wanted', 'For example: --weight 5');
  const options = compareOptions(flags);
  const part = mirror ? 1 : (flags.weight ?? 0) / 100;
  const perTick = (rps * part * tick) / 1000;
  const wanted = flags.regression ?? [{ points: 0.01 }, { points: 0.05 }];
  const canaries = [baseErrors, ...wanted.map((change) => worse(baseErrors, change))];
  return {
    rps,
    weight: flags.weight,
    canaryRequestsPerMinute: rps * part * 60,
    tickSeconds: tick / 1000,
    expectations: usage('options', () =>
      canaries.map((canary, index) =>
        expectation({ primary: baseErrors, canary }, index === 0 ? 'pass' : 'abort', {
          options,
          share: mirror ? 'mirror' : part,
          perTick,
          tick,
        }),
      ),
    ),
  };
}

function worse(base: number, change: Regression): number {
  const rate = 'points' in change ? base + change.points : base * change.factor;
  if (rate <= 1) return rate;
  throw new CliError(
    EXIT.usage,
    `--regression goes beyond 100 % errors: ${(100 * rate).toFixed(1)} %`,
    'Write a smaller one.',
  );
}

function regressionValue(text: string, before: Regression[] = []): Regression[] {
  const [, points] = /^\+(\d+(?:\.\d+)?%)$/.exec(text) ?? [];
  const [, factor] = /^x(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (points) return [...before, { points: percentValue(points) }];
  if (factor) return [...before, { factor: Number(factor) }];
  throw new InvalidArgumentError('Write +1% for one point more, or x2 for twice as many.');
}

function weightValue(text: string): number {
  const weight = positiveValue(text);
  if (weight > LAST_COMPARED_WEIGHT)
    throw new InvalidArgumentError(`Above ${LAST_COMPARED_WEIGHT} % the primary is too small to compare with.`);
  return weight;
}
