/** Starts and ends a lab from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBuilt } from '../build/index.ts';
import { checkRunTools } from '../build/prerequisites.ts';
import type { BuildProgress } from '../build/progress.ts';
import { ALL_PARTS } from './all-parts.ts';
import { sendControl } from './control.ts';
import { LabError } from './errors.ts';
import { labCondition } from './liveness.ts';
import { takeLock } from './lock.ts';
import { processError } from './log-end.ts';
import { enterNewLab } from './namespace.ts';
import { withoutParts } from './schedule.ts';
import { initialState, type LabState, PART_NAMES, readStateFile, runDir, stateFile, writeState } from './state.ts';

export interface UpOptions {
  /** Labs of different names live side by side. Default `default`. */
  name?: string;
  /** Parts to leave out; what needs them is left out too. */
  without?: readonly string[];
  /** Default: lines on stderr. */
  progress?: BuildProgress;
  /** Aborting takes down what has started. */
  signal?: AbortSignal;
  /** Called with each new state while the lab starts. */
  onState?(state: LabState): void;
}

/** Unix socket paths have 108 bytes (unix(7)). */
const LONGEST_SOCKET_PATH = 107;

/**
 * Builds what is missing and starts a lab; one that is up already is left as it is.
 *
 * @throws LabError when it cannot start; then nothing of it runs any more
 */
export async function up(options: UpOptions = {}): Promise<LabState> {
  const name = options.name ?? 'default';
  const dir = runDir(name);
  const parts = withoutParts(ALL_PARTS, options.without ?? []);
  checkRunTools();
  const bin = await ensureBuilt(options.progress, options.signal);
  const say = (pid: number) => console.error(`lab ${name} is being started or stopped by process ${pid}: waiting`);
  const release = await takeLock(`${dir}.lock`, say, options.signal);
  try {
    const running = await settle(dir);
    if (running) return running;
    const state = initialState({
      name,
      dir,
      parts,
      bin,
      unprivileged: process.getuid?.() !== 0,
      startedAt: new Date(),
    });
    makeRunDir(state);
    return await launch(state, options);
  } finally {
    release();
  }
}

/**
 * Ends a lab and everything in it within about 20 s.
 *
 * @returns whether there was one to end
 */
export async function down(name = 'default'): Promise<boolean> {
  const dir = runDir(name);
  const state = readStateFile(stateFile(dir));
  const condition = labCondition(state);
  if (!state || condition === 'free' || condition === 'over') return false;
  if (condition === 'live') await takeDown(state);
  const last = readStateFile(stateFile(dir)) ?? state;
  if (labCondition(last) === 'stale') writeState({ ...last, phase: 'stopped', parts: allStopped(last) });
  return condition === 'live';
}

function allStopped(state: LabState): LabState['parts'] {
  return Object.fromEntries(Object.keys(state.parts).map((name) => [name, { status: 'stopped' }]));
}

/** The state of a lab that is up; one that is half way is ended, so that a new one can start. */
async function settle(dir: string): Promise<LabState | undefined> {
  const state = readStateFile(stateFile(dir));
  if (!state || labCondition(state) !== 'live') return undefined;
  if (state.phase === 'ready') return state;
  await takeDown(state);
  return undefined;
}

async function takeDown(state: LabState): Promise<void> {
  try {
    await sendControl(state.controlSocket, { verb: 'down' }, 2000);
    if (await gone(state, 18_000)) return;
  } catch {
    // a supervisor that does not answer is ended below
  }
  if (labCondition(state) === 'live') process.kill(state.pid, 'SIGKILL');
  if (!(await gone(state, 5000)))
    throw new LabError(`lab ${state.name} does not end: process ${state.pid} is still there`);
}

async function gone(state: LabState, withinMs: number): Promise<boolean> {
  const until = Date.now() + withinMs;
  while (labCondition(state) === 'live') {
    if (Date.now() > until) return false;
    await sleep(50);
  }
  return true;
}

function makeRunDir(state: LabState): void {
  if (Buffer.byteLength(state.controlSocket) > LONGEST_SOCKET_PATH) {
    throw new LabError(
      `the run folder's path is too long for sockets: ${state.dir}. Set XDG_STATE_HOME to a shorter one.`,
    );
  }
  rmSync(state.dir, { recursive: true, force: true });
  mkdirSync(state.dir, { recursive: true, mode: 0o700 });
  mkdirSync(state.logs);
  mkdirSync(join(state.dir, 'bin'));
  for (const program of ['kubectl', 'temporal', 'envoy', 'prometheus']) {
    symlinkSync(state.bin[program] ?? program, join(state.dir, 'bin', program));
  }
  writeState(state);
}

async function launch(state: LabState, options: UpOptions): Promise<LabState> {
  const log = openSync(join(state.logs, 'supervisor.log'), 'a');
  const argv = [process.execPath, join(import.meta.dirname, 'supervisor.ts'), stateFile(state.dir)];
  const [program = '', ...args] = enterNewLab(argv, state.unprivileged);
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], env: supervisorEnv() });
  closeSync(log);
  try {
    return await untilReady(state, child, options);
  } catch (error) {
    await down(state.name);
    // before its first word the state does not name the process yet
    if (child.exitCode === null) child.kill('SIGKILL');
    throw error;
  } finally {
    child.unref();
  }
}

/** Another lab's variables, or a proxy for the outer network, would mislead the parts. */
function supervisorEnv(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:${process.env.PATH}:/usr/sbin:/sbin`,
  };
  for (const key of Object.keys(env))
    if (/^(https?|all|no)_proxy$|^KUBECONFIG$|^SLUICE_LAB/i.test(key)) delete env[key];
  return env;
}

async function untilReady(first: LabState, child: ChildProcess, options: UpOptions): Promise<LabState> {
  let gone = false;
  child.once('exit', () => {
    gone = true;
  });
  child.once('error', () => {
    gone = true;
  });
  for (;;) {
    const wasGone = gone;
    const state = readStateFile(stateFile(first.dir)) ?? first;
    options.onState?.(state);
    if (state.phase === 'ready') return state;
    if (wasGone) throw startError(state);
    await sleep(50, undefined, { signal: options.signal });
  }
}

/** Names the part that failed. */
function startError(state: LabState): LabError {
  const part = PART_NAMES.find((name) => state.parts[name]?.status === 'failed') ?? 'supervisor';
  const reason = state.error ?? 'the supervisor ended before anything started';
  return processError(`lab ${state.name} did not start: ${reason}`, join(state.logs, `${part}.log`));
}
