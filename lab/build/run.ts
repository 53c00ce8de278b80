/** Runs a build command with its output in a log file. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { LabError } from '../host/errors.ts';
import { howItEnded, lastLines } from '../host/log-end.ts';

export interface RunOptions {
  cwd: string;
  /** Output of all commands of one part is appended here. */
  log: string;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/** A cold build on a slow machine takes this long. */
const TIMEOUT_MS = 90 * 60_000;

/** Resolves when the command ended with 0; otherwise throws with the last lines of its output. */
export async function run(argv: readonly string[], options: RunOptions): Promise<void> {
  await start(argv, options, false);
}

/** The same, with its standard output as the result instead of in the log. */
export function outputOf(argv: readonly string[], options: RunOptions): Promise<string> {
  return start(argv, options, true);
}

async function start(argv: readonly string[], options: RunOptions, collect: boolean): Promise<string> {
  const [command = '', ...args] = argv;
  const log = openSync(options.log, 'a');
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', collect ? 'pipe' : log, log],
    signal: options.signal,
    killSignal: 'SIGINT',
    timeout: TIMEOUT_MS,
  });
  closeSync(log);
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code === 0 ? undefined : howItEnded(code, signal)));
  });
  const [failure, output] = await Promise.all([ended, child.stdout ? text(child.stdout) : '']);
  options.signal?.throwIfAborted();
  if (failure) throw new LabError(`${argv.slice(0, 3).join(' ')} … ${failure}`, lastLines(options.log, 15));
  return output;
}
