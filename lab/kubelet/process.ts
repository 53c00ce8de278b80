import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** What to start and where its output goes (files, appended). */
export interface ProcessSpec {
  command: string;
  args: string[];
  env: Record<string, string>;
  stdout: string;
  stderr: string;
}

/** How a process ended: its code, or 128 + the number of the signal that killed it, as a container runtime reports it. */
interface Exit {
  code: number;
  message?: string;
}

export interface RunningProcess {
  pid: number | undefined;
  exited: Promise<Exit>;
  kill: (signal: 'SIGTERM' | 'SIGKILL') => void;
}

const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

/**
 * Starts a process that dies with this one, however this one dies (`setpriv --pdeathsig`, util-linux). It has a session of
 * its own: Linux shares the processors between sessions, so ten starting pods do not starve one that serves.
 */
export function startProcess({ command, args, env, stdout, stderr }: ProcessSpec): RunningProcess {
  const outputs = [stdout, stderr].map(openForAppend);
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
    env,
    stdio: ['ignore', ...outputs],
    detached: true,
  });
  for (const fd of outputs) closeSync(fd);
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', (error) => resolve({ code: 127, message: error.message }));
    child.once('exit', (code, signal) => resolve({ code: code ?? 128 + (SIGNAL_NUMBERS[signal ?? 'SIGKILL'] ?? 9) }));
  });
  return { pid: child.pid, exited, kill: (signal) => void child.kill(signal) };
}

function openForAppend(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  return openSync(file, 'a');
}
