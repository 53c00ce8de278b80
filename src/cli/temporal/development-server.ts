import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SEARCH_ATTRIBUTES } from '../../contract/ids.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';

export interface DevelopmentServer {
  /** Where its web UI is. */
  ui: string;
  stop(): Promise<void>;
}

export interface TemporalServerOptions {
  binary: string;
  host: string;
  port: number;
  namespace: string;
  /** Where its database and log are. */
  stateDir: string;
  /** Tells whether it answers. */
  ready(): Promise<boolean>;
}

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

/** `$XDG_STATE_HOME/sluice` or `~/.local/state/sluice`, by the XDG Base Directory Specification. */
export function defaultStateDir(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'sluice');
}

/**
 * Starts Temporal's development server with its database in a file, so that rollouts outlive it.
 * @throws CliError when the binary is missing or the server does not come up
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<DevelopmentServer> {
  const { binary, host, port, namespace, stateDir } = options;
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const logFile = join(stateDir, 'temporal.log');
  const log = await open(logFile, 'w', 0o600);
  const uiPort = port + 1000;
  const attributes = SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]);
  const places = ['--ip', host, '--port', String(port), '--ui-port', String(uiPort), '--namespace', namespace];
  const args = [
    'server',
    'start-dev',
    ...places,
    '--db-filename',
    join(stateDir, 'temporal.db'),
    '--log-level',
    'warn',
    ...attributes,
  ];
  // A group of its own: Ctrl-C in the terminal must not take Temporal away before the worker has finished with it.
  const child = spawn(binary, args, { detached: true, stdio: ['ignore', log.fd, log.fd] });
  try {
    await untilReady(child, options, logFile);
  } catch (error) {
    await stop(child);
    throw error;
  } finally {
    await log.close();
  }
  return { ui: `http://${host}:${uiPort}`, stop: () => stop(child) };
}

async function untilReady(
  child: ChildProcess,
  { binary, ready }: TemporalServerOptions,
  logFile: string,
): Promise<void> {
  let failure: string | undefined;
  child.once('error', (error: NodeJS.ErrnoException) => {
    failure = error.code === 'ENOENT' ? `there is no program ${binary}` : `${binary}: ${error.message}`;
  });
  child.once('exit', (code, signal) => {
    failure ??= `Temporal ended at once (${code ?? signal}); see ${logFile}`;
  });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (failure === undefined && Date.now() < deadline) {
    if (await ready()) return;
    await sleep(200);
  }
  throw new CliError(
    EXIT.unreachable,
    failure ?? `Temporal did not come up within ${READY_TIMEOUT_MS / 1000} s; see ${logFile}`,
    'Install the Temporal CLI and put it in PATH, or name it with --temporal-bin FILE or SLUICE_TEMPORAL_BIN.',
  );
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(force);
}
