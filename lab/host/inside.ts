/** Runs commands inside a lab. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';
import { LabError } from './errors.ts';
import { enterLab, insideEnv } from './namespace.ts';
import { type LabState, stateFile } from './state.ts';

export interface InsideOptions {
  /** Default: the caller's. */
  cwd?: string;
  /** Added to the environment. */
  env?: Record<string, string>;
  /** `inherit`: the terminal's; `pipe` (default): collected. */
  stdio?: 'inherit' | 'pipe';
  /** Milliseconds; then SIGTERM, 3 s later SIGKILL. Default: none. */
  timeoutMs?: number;
}

export interface InsideResult {
  /** The command's exit code; 128 + n when signal n ended it. */
  code: number;
  /** Empty with `inherit`. */
  stdout: string;
  stderr: string;
}

/** Whether this process already runs inside the given lab. */
export function isInside(state: LabState): boolean {
  return process.env.SLUICE_LAB_STATE === stateFile(state.dir);
}

/** Starts a command inside the lab, in the environment of `lab exec`. Signal it with {@link signalInside}. */
export function spawnInside(state: LabState, argv: readonly string[], options: InsideOptions = {}): ChildProcess {
  const cwd = options.cwd ?? process.cwd();
  const [program = '', ...args] = isInside(state) ? argv : enterLab(state, argv, cwd);
  const env = { ...insideEnv(state), ...options.env };
  return spawn(program, args, {
    cwd,
    env,
    stdio: options.stdio === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs a command inside the lab to its end. A failing command is a result, not an error. */
export async function execInside(
  state: LabState,
  argv: readonly string[],
  options: InsideOptions = {},
): Promise<InsideResult> {
  const child = spawnInside(state, argv, options);
  const timers: NodeJS.Timeout[] = [];
  if (options.timeoutMs !== undefined) {
    timers.push(setTimeout(() => signalInside(child, 'SIGTERM'), options.timeoutMs));
    timers.push(setTimeout(() => signalInside(child, 'SIGKILL'), options.timeoutMs + 3000));
  }
  try {
    const [code, stdout, stderr] = await Promise.all([
      exitCode(child),
      child.stdout ? text(child.stdout) : '',
      child.stderr ? text(child.stderr) : '',
    ]);
    return { code, stdout, stderr };
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

/** Exit code as a shell gives it. */
export function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new LabError(`cannot run the command: ${error.message}`)));
    child.once('exit', (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)));
  });
}

/** nsenter passes no signals on: they go to the process it waits for. */
export function signalInside(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const targets = child.spawnfile === 'nsenter' ? childrenOf(child.pid) : [child.pid];
  for (const pid of targets) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}
