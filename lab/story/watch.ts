/** Notices when a process that a story needs ends by itself, and says which one, how and why. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { howItEnded, partEnded, processError } from '../host/log-end.ts';
import { readStateFile, stateFile } from '../host/state.ts';
import type { LabState } from '../index.ts';

const EVERY_MS = 300;

export class Watch {
  private readonly found = new AbortController();
  private readonly expected = new WeakSet<ChildProcess>();
  private readonly lab: LabState;

  /** Watches the lab's parts from now on; processes are added. */
  constructor(lab: LabState) {
    this.lab = lab;
    setInterval(() => this.lookAtParts(), EVERY_MS).unref();
  }

  /** Aborts with the first {@link LabError} about it. */
  get signal(): AbortSignal {
    return this.found.signal;
  }

  /** From now on the end of this process is an error. @param log where it writes */
  add(name: string, child: ChildProcess, log: string): void {
    child.once('error', (error) => this.report(error));
    child.once('exit', (code, signal) => {
      if (!this.expected.has(child)) this.report(processError(`${name} ${howItEnded(code, signal)}`, log));
    });
  }

  /** The end of this process is wanted. */
  release(child: ChildProcess): void {
    this.expected.add(child);
  }

  report(error: Error): void {
    this.found.abort(error);
  }

  /** Why a story stopped: a process that ended comes before what followed from it, which may be seen first. */
  async causeOf(error: unknown): Promise<unknown> {
    await sleep(2 * EVERY_MS);
    return this.signal.aborted ? this.signal.reason : error;
  }

  private lookAtParts(): void {
    const state = readStateFile(stateFile(this.lab.dir));
    const ended = state && partEnded(state);
    if (ended) this.report(ended);
  }
}
