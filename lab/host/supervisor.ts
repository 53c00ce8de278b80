/**
 * The process that holds a lab together, run inside its namespaces: `node supervisor.ts STATE_FILE`. It starts the
 * parts in order, writes what happens into the state file, takes requests, and stops everything in reverse order.
 * It restarts nothing by itself: a part that dies stays dead and is shown as such.
 */
import { ALL_PARTS } from './all-parts.ts';
import { type ControlRequest, serveControl } from './control.ts';
import { LabError, messageOf } from './errors.ts';
import { serveForwards } from './forward.ts';
import { PartRunner } from './part-runner.ts';
import { inOrder, reversed } from './schedule.ts';
import { type LabPhase, type LabState, readStateFile, writeState } from './state.ts';

class Supervisor {
  private readonly state: LabState;
  private readonly runners: PartRunner[];
  private readonly aborter = new AbortController();
  private stopping: Promise<void> | undefined;

  constructor(state: LabState) {
    this.state = state;
    state.pid = Number(process.env.SLUICE_LAB_PID);
    state.pidStartTime = process.env.SLUICE_LAB_PID_START ?? '';
    const chosen = ALL_PARTS.filter((part) => state.parts[part.name]);
    this.runners = chosen.map((part) => new PartRunner(part, state, () => writeState(state)));
    writeState(state);
  }

  async start(): Promise<void> {
    const began = Date.parse(this.state.startedAt);
    try {
      await inOrder(this.runners, (runner) => runner.start(this.aborter.signal));
    } catch (error) {
      if (!this.stopping) await this.end('failed', messageOf(error));
      return;
    }
    this.state.readyAfterMs = Date.now() - began;
    this.setPhase('ready');
  }

  async handle(request: ControlRequest): Promise<void> {
    if (request.verb === 'down') {
      void this.end('stopped');
      return;
    }
    const runner = this.runners.find((one) => one.name === request.part);
    if (!runner) throw new LabError(`this lab has no part "${request.part}"`);
    if (!runner.hasProcess) throw new LabError(`${request.part} has no process of its own: it is run by the kubelet`);
    if (request.verb === 'start') return runner.start(this.aborter.signal);
    if (request.verb === 'stop') return runner.stop();
    runner.signal(request.signal);
  }

  /** Stops every part, each before what it needs; ends the process. */
  end(phase: 'stopped' | 'failed', error?: string): Promise<void> {
    this.stopping ??= this.stopAll(phase, error);
    return this.stopping;
  }

  private async stopAll(phase: 'stopped' | 'failed', error?: string): Promise<void> {
    this.state.error = error;
    this.setPhase('stopping');
    this.aborter.abort(new LabError('the lab is going down'));
    // a failed part keeps its message in the state: it is what people look for
    const stop = async ({ name }: { name: string }) => this.runners.find((one) => one.name === name)?.stop();
    const failed = Object.entries(this.state.parts).filter(([, part]) => part.status === 'failed');
    await inOrder(reversed(this.runners.map(({ name, needs }) => ({ name, needs }))), stop);
    Object.assign(this.state.parts, Object.fromEntries(failed));
    this.setPhase(phase);
    process.exit(phase === 'failed' ? 1 : 0);
  }

  private setPhase(phase: LabPhase): void {
    this.state.phase = phase;
    writeState(this.state);
    console.error(`lab ${this.state.name}: ${phase}${this.state.error ? `: ${this.state.error}` : ''}`);
  }
}

const state = readStateFile(process.argv[2] ?? '');
if (!state) throw new LabError('usage: supervisor.ts STATE_FILE');
const supervisor = new Supervisor(state);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void supervisor.end('stopped'));
serveControl(state.controlSocket, (request) => supervisor.handle(request));
serveForwards(state.forwardSocket);
await supervisor.start();
