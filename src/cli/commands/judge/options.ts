/** Flags that the commands of `sluice judge` share, and from them to the options of the comparison. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CompareOptions, PresetName } from '../../../judge/compare/types.ts';
import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { wholeValue } from '../shared/options.ts';

export interface CompareFlags {
  preset?: PresetName;
  alpha?: number;
  beta?: number;
  warmup?: number;
}

export interface ReplayFlags extends CompareFlags {
  minTicks?: number;
  deadline?: number;
  /** False after --no-errors. */
  errors: boolean;
  latency?: boolean;
  latencyGuards?: number[];
  guardErrors?: number;
}

export function addCompareOptions(command: Command, warmup: string): Command {
  return command
    .addOption(
      new Option('--preset <name>', 'what is tolerated (default: default)').choices(['strict', 'default', 'relaxed']),
    )
    .option('--alpha <chance>', 'chance of aborting a canary within tolerance (default: 0.01)', numberValue)
    .option('--beta <chance>', 'chance of passing one out of tolerance (default: 0.05)', numberValue)
    .option(
      '--warmup <ticks>',
      `ticks of warm-up, in which only gross harm counts (default: ${warmup})`,
      wholeValue(0),
    );
}

/** Flags that are absent leave the comparison's own defaults. */
export function compareOptions({ preset, alpha, beta, warmup }: CompareFlags, warmupTicks?: number): CompareOptions {
  return { preset, alpha, beta, warmupTicks: warmup ?? warmupTicks };
}

export function replayOptions(flags: ReplayFlags): CompareOptions {
  const { latencyGuards, guardErrors } = flags;
  const latency = flags.latency || latencyGuards !== undefined;
  return {
    ...compareOptions(flags),
    minTicks: flags.minTicks,
    deadlineTicks: flags.deadline,
    errors: flags.errors ? {} : false,
    latency: latency ? { guards: latencyGuards } : false,
    guard: guardErrors === undefined ? undefined : { errors: guardErrors },
  };
}

/** Runs what checks options or data; its RangeErrors become usage errors with `where` before them. */
export function usage<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) throw new CliError(EXIT.usage, `${where}: ${error.message}`);
    throw error;
  }
}

function numberValue(text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(number)) throw new InvalidArgumentError('Write a number, for example 0.01.');
  return number;
}

export function positiveValue(text: string): number {
  const number = numberValue(text);
  if (number <= 0) throw new InvalidArgumentError('Write a number above 0.');
  return number;
}

/** `0.1%` is 0.001. The sign is a must: 0.1 alone could be meant either way. */
export function percentValue(text: string): number {
  const [, digits] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text) ?? [];
  const percent = Number(digits);
  if (!(percent >= 0 && percent <= 100))
    throw new InvalidArgumentError('Write a percentage from 0% to 100%, for example 0.1%.');
  return percent / 100;
}

export function numbersValue(text: string): number[] {
  return text.split(',').map(numberValue);
}
