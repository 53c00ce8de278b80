import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../../plan/duration.ts';

export interface WatchFlags {
  failFast?: boolean;
  /** ms */
  timeout?: number;
}

/** Options of everything that can watch. */
export function addWatchOptions(command: Command): Command {
  return command
    .option('--timeout <duration>', 'with -w: stop watching after this long, for example 30m (exit 6)', durationOption)
    .option('--fail-fast', 'with -w: stop watching when a person is needed (exit 8)');
}

function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (!ms) throw new InvalidArgumentError('Write it like 90s, 30m or 1h30m.');
  return ms;
}
