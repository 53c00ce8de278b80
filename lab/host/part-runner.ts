/** One part of a running lab: its process, its health, its place in the state. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError, messageOf } from './errors.ts';
import { howItEnded } from './log-end.ts';
import type { Part } from './part.ts';
import type { LabState, PartName, PartState } from './state.ts';

/** Ample, for a busy machine: a part that ends is noticed at once. */
const DEFAULT_READY_MS = 180_000;
const DEFAULT_GRACE_MS = 3000;

export class PartRunner {
  readonly name: PartName;
  readonly needs: readonly PartName[];
  readonly part: Part;
  private readonly lab: LabState;
  private readonly changed: () => void;
  private prepared = false;
  private child: ChildProcess | undefined;
  private exited: Promise<string> = Promise.resolve('');

  /** @param changed called after every change of the part's state */
  constructor(part: Part, lab: LabState, changed: () => void) {
    this.part = part;
    this.name = part.name;
    this.needs = part.needs;
    this.lab = lab;
    this.changed = changed;
  }

  get running(): boolean {
    return this.child !== undefined;
  }

  get hasProcess(): boolean {
    return this.part.command !== undefined;
  }

  /** Prepares, starts and waits until the part is healthy. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.running) return;
    const began = Date.now();
    const limitMs = this.part.readyWithinMs ?? DEFAULT_READY_MS;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    this.set({ status: 'starting' });
    try {
      if (!this.prepared) await this.part.prepare?.(this.lab, limit);
      this.prepared = true;
      this.launch();
      await Promise.race([this.untilHealthy(limit), this.untilExit()]);
    } catch (error) {
      // it was told to end: another part is the one that failed
      if (signal.aborted) throw error;
      const reason = limit.aborted ? `not ready within ${limitMs / 1000} s: ${messageOf(error)}` : messageOf(error);
      this.set({ status: 'failed', error: reason });
      throw new LabError(`${this.name}: ${reason}`);
    }
    this.set({ status: 'ready', pid: this.child?.pid, readyAfterMs: Date.now() - began });
  }

  /** SIGTERM, a while later SIGKILL, to the part and everything it started. */
  async stop(): Promise<void> {
    const { child } = this;
    if (!child) {
      this.set({ status: 'stopped' });
      return;
    }
    this.child = undefined;
    this.signalGroup(child, 'SIGTERM');
    // a part somebody halted with SIGSTOP cannot hear SIGTERM
    this.signalGroup(child, 'SIGCONT');
    const grace = new AbortController();
    const wait = sleep(this.part.graceMs ?? DEFAULT_GRACE_MS, undefined, { signal: grace.signal }).catch(
      () => undefined,
    );
    await Promise.race([this.exited, wait]);
    grace.abort();
    this.signalGroup(child, 'SIGKILL');
    await this.exited;
    this.set({ status: 'stopped' });
  }

  /** Sends a signal to the part's process group. */
  signal(signal: NodeJS.Signals): void {
    if (!this.child) throw new LabError(`${this.name} has no running process`);
    this.signalGroup(this.child, signal);
  }

  private launch(): void {
    const command = this.part.command?.(this.lab);
    if (!command) return;
    const [program = '', ...args] = command.argv;
    const log = openSync(join(this.lab.logs, `${this.name}.log`), 'a');
    const child = spawn(program, args, {
      cwd: this.lab.dir,
      env: { ...process.env, ...command.env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.child = child;
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(howItEnded(code, signal)));
    });
    void this.exited.then((how) => this.noticeExit(child, how));
  }

  private noticeExit(child: ChildProcess, how: string): void {
    if (this.child !== child) return;
    this.child = undefined;
    this.signalGroup(child, 'SIGKILL');
    this.set({ status: 'exited', error: how });
    console.error(`${this.name} ${how}`);
  }

  private async untilHealthy(limit: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.part.check?.(this.lab, limit);
        return;
      } catch (error) {
        if (limit.aborted) throw error;
      }
      await sleep(100, undefined, { signal: limit });
    }
  }

  /** Rejects when the process ends; never resolves. */
  private async untilExit(): Promise<never> {
    if (!this.child) return new Promise(() => undefined);
    throw new LabError(await this.exited);
  }

  private signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  private set(next: PartState): void {
    this.lab.parts[this.name] = next;
    this.changed();
  }
}
