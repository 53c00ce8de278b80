/** The outer half of the demo: a lab before, nothing after. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { type BuildProgress, formatDuration, streamProgress } from '../build/progress.ts';
import { startProgress } from '../cli/start-progress.ts';
import { exitCode } from '../host/inside.ts';
import { down, isUp, LabError, type LabState, readState, signalInside, spawnInside, up } from '../index.ts';
import { sayWhatIsUp } from './keep.ts';
import { heading, say } from './say.ts';

export interface DemoOptions {
  keep: boolean;
  /** Name of the lab. */
  name: string;
  /** Aborts on Ctrl-C. */
  signal: AbortSignal;
}

const INTERRUPTED = 130;

/** @returns the exit code @throws LabError when the lab cannot be started */
export async function runDemo({ keep, name, signal }: DemoOptions): Promise<number> {
  if (isUp(name)) throw alreadyUp(name);
  const started = Date.now();
  say('A signed event takes reviews:v2 through 19 steps on a real mesh, under traffic;');
  say('then reviews:v3-err30 is stopped before a user meets it. About three minutes.');
  heading(started, 'The lab: etcd, Kubernetes, Istio, Envoy, Prometheus, Temporal');
  let code = 1;
  try {
    const lab = await startLab(name, signal);
    code = await tell(lab, started, signal);
    if (code === 0 && keep) return await sayWhatIsUp(lab).then(() => 0);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    if (!(code === 0 && keep)) await takeDown(name, started);
  }
  if (signal.aborted) return interrupted();
  if (code !== 0) say(`\nThe demo did not go as it should. Logs: ${join(readState(name)?.logs ?? '', '*.log')}`);
  return code === 0 ? 0 : 1;
}

function alreadyUp(name: string): LabError {
  return new LabError(`the lab "${name}" is up already, perhaps of a demo that was kept`, [
    `npm run lab -- --name ${name} down   ends it`,
    'npm run demo -- --name OTHER    takes another one',
  ]);
}

async function startLab(name: string, signal: AbortSignal): Promise<LabState> {
  const { onState, done } = startProgress(process.stdout);
  const lab = await up({ name, signal, onState, progress: buildProgress() }).finally(done);
  say(`All ${Object.keys(lab.parts).length} parts are ready after ${formatDuration(lab.readyAfterMs ?? 0)}.`);
  return lab;
}

/** Says before the first program is built how long all of them take. */
function buildProgress(): BuildProgress {
  const shown = streamProgress(process.stdout);
  const begin: BuildProgress['begin'] = (step) => {
    if (step.index === 1) {
      say(`Programs to build or fetch first, once for this machine: ${step.total}. All of them take 15`);
      say('to 20 minutes on two cores; after an interruption it goes on where it was.');
    }
    shown.begin(step);
  };
  return { ...shown, begin };
}

/** Runs the story inside, on this terminal. @returns its exit code */
async function tell(lab: LabState, started: number, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const story = join(import.meta.dirname, 'inside.ts');
  const flags = ['--started', String(started)];
  const child = spawnInside(lab, [process.execPath, story, ...flags], { stdio: 'inherit' });
  const pass = () => passOn(child);
  signal.addEventListener('abort', pass, { once: true });
  try {
    return await exitCode(child);
  } finally {
    signal.removeEventListener('abort', pass);
  }
}

/** A terminal's Ctrl-C has reached the story already; a signal to this process alone has not. */
function passOn(child: ChildProcess): void {
  try {
    signalInside(child, 'SIGTERM');
  } catch {
    // it has ended meanwhile
  }
}

async function takeDown(name: string, started: number): Promise<void> {
  if (process.stdout.isTTY) process.stdout.write(SHOW_CURSOR);
  if (await down(name)) heading(started, 'Everything is taken down');
}

/** A live tree that was killed cannot give the cursor back itself (DECTCEM). */
const SHOW_CURSOR = '\u001b[?25h';

function interrupted(): number {
  say('\nInterrupted; nothing is left running.');
  return INTERRUPTED;
}
