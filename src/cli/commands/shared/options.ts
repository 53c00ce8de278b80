/** Options that several commands have, and the values that are written into options. */
import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../../plan/duration.ts';

/** `-n`: where a bare name is looked for. */
export function namespaceOption(what: string): Option {
  return new Option('-n, --namespace <name>', `Kubernetes namespace of ${what} (default: "default")`);
}

export function byOption(): Option {
  return new Option('--by <name>', 'who asks').default(loginName(), 'your login name');
}

/** A container without a user entry has none. */
export function loginName(): string {
  if (process.env.USER) return process.env.USER;
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

export interface WatchFlags {
  failFast?: boolean;
  /** ms */
  timeout?: number;
}

/** Options of everything that can watch. */
export function addWatchOptions(command: Command): Command {
  return command
    .option('--timeout <duration>', 'with -w: stop watching after this long, for example 30m (exit 6)', durationValue)
    .option('--fail-fast', 'with -w: stop watching when a person is needed (exit 8)');
}

/** @returns ms */
export function durationValue(text: string): number {
  const ms = parseDuration(text);
  if (!ms) throw new InvalidArgumentError('Write it like 90s, 30m or 1h30m.');
  return ms;
}

export function wholeValue(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    const limit = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
    throw new InvalidArgumentError(`Write a whole number, ${limit}.`);
  };
}
