/** Runs a build command with its output in a log file. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { LabError } from '../host/errors.ts';

export interface RunOptions {
  cwd: string;
  /** Output of all commands of one part is appended here. */
  log: string;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  /** Milliseconds. Default 30 minutes: a cold build on a slow machine. */
  timeoutMs?: number;
}

/** Resolves when the command ended with 0; otherwise throws with the last lines of its output. */
export async function run(argv: readonly string[], options: RunOptions): Promise<void> {
  const [command = '', ...args] = argv;
  const log = openSync(options.log, 'a');
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', log, log],
    signal: options.signal,
    killSignal: 'SIGINT',
    timeout: options.timeoutMs ?? 30 * 60_000,
  });
  closeSync(log);
  const outcome = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`),
    );
  });
  options.signal?.throwIfAborted();
  if (outcome) throw new LabError(`${argv.slice(0, 3).join(' ')} … ${outcome}`, lastLines(options.log, 15));
}

/** The last lines of a text file; empty when it cannot be read. */
export function lastLines(file: string, count: number): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count);
  } catch {
    return [];
  }
}
