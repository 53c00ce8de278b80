/** The outer half of a story: a lab before, nothing after. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type BuildProgress, type BuildTask, formatDuration, streamProgress } from '../build/progress.ts';
import { startProgress } from '../cli/start-progress.ts';
import { exitCode } from '../host/inside.ts';
import { processError } from '../host/log-end.ts';
import { down, isUp, LabError, type LabState, readState, signalInside, spawnInside, up } from '../index.ts';
import { heading, say } from './say.ts';

export interface StoryOptions {
  /** What people typed, for messages: `npm run demo`. */
  command: string;
  /** Name of the lab; it must not be up yet. */
  lab: string;
  /** Leave the lab up when all went well. */
  keep: boolean;
  /** Module that is run inside with `--started MS` and {@link args}, and tells the story. */
  script: string;
  args?: string[];
  /** Module that plays on the terminal while the programs of the lab are built for the first time, which takes minutes. */
  meanwhile?: string;
  /** What to say when the lab stays up. */
  kept: (lab: LabState) => Promise<void>;
  /** Before the lab goes down, when all went well. */
  look?: (lab: LabState, signal: AbortSignal) => Promise<void>;
  /** Aborts on Ctrl-C. */
  signal: AbortSignal;
}

const INTERRUPTED = 130;

/** Lab up, story, lab down. @returns the exit code @throws LabError when the lab cannot be started */
export async function runStory(options: StoryOptions): Promise<number> {
  const { lab: name, keep, meanwhile, signal } = options;
  if (isUp(name)) throw alreadyUp(options);
  const started = Date.now();
  heading(started, 'The lab: etcd, Kubernetes, Istio, Envoy, Prometheus, Temporal');
  let code = 1;
  try {
    const lab = await startLab(name, meanwhile, signal);
    code = await tell(lab, options, started);
    if (code !== 0 && !signal.aborted && !isUp(name))
      throw processError(`the lab ${name} has ended by itself`, join(lab.logs, 'supervisor.log'));
    if (code === 0 && keep) return await options.kept(lab).then(() => 0);
    if (code === 0) await options.look?.(lab, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    if (!(code === 0 && keep)) await takeDown(name, started);
  }
  if (signal.aborted) return interrupted();
  if (code !== 0) say(`\nIt did not go as it should. Logs: ${join(readState(name)?.logs ?? '', '*.log')}`);
  return code === 0 ? 0 : 1;
}

function alreadyUp({ lab, command }: StoryOptions): LabError {
  const down = `npm run lab -- --name ${lab} down`;
  const other = `${command} ${command.includes(' -- ') ? '' : '-- '}--name OTHER`;
  return new LabError(`the lab "${lab}" is up already, perhaps kept from an earlier run`, [
    `${down.padEnd(other.length)}   ends it`,
    `${other.padEnd(down.length)}   takes another one`,
  ]);
}

async function startLab(name: string, meanwhile: string | undefined, signal: AbortSignal): Promise<LabState> {
  const { onState, done } = startProgress(process.stdout);
  const beside = new Beside(process.stdout.isTTY ? meanwhile : undefined);
  const lab = await up({ name, signal, onState, progress: buildProgress(beside) }).finally(() => beside.end());
  done();
  say(`All ${Object.keys(lab.parts).length} parts are ready after ${formatDuration(lab.readyAfterMs ?? 0)}.`);
  return lab;
}

/** Says before the first program is built how long all of them take. */
function buildProgress(beside: Beside): BuildProgress {
  const shown = streamProgress(process.stdout, () => beside.isPlaying);
  const start = (total: number) => {
    say(`Programs to build or fetch first, once for this machine: ${total}. The whole set takes 15`);
    say('to 20 minutes on two cores; after an interruption it goes on where it was.');
    shown.start(total);
  };
  const begin = (task: BuildTask) => {
    shown.begin(task);
    if (task.expectedMs > LONG_MS) beside.play();
  };
  return { ...shown, start, begin };
}

/** Whoever waits for less need not be entertained. */
const LONG_MS = 3 * 60_000;

/** Plays once. */
class Beside {
  private readonly script?: string;
  private child?: ChildProcess;

  constructor(script: string | undefined) {
    this.script = script;
  }

  get isPlaying(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  play(): void {
    if (!this.script || this.child) return;
    say('\n');
    this.child = spawn(process.execPath, [this.script], { stdio: 'inherit' });
  }

  end(): void {
    if (this.isPlaying) this.child?.kill();
  }
}

/** Runs the story inside, on this terminal. @returns its exit code */
async function tell(lab: LabState, { script, args = [], signal }: StoryOptions, started: number): Promise<number> {
  signal.throwIfAborted();
  const argv = [process.execPath, script, ...args, '--started', String(started)];
  const child = spawnInside(lab, argv, { stdio: 'inherit' });
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
