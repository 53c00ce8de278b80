/** The live tree of `sluice get -w` on this terminal, in segments, so that a line of ours never falls into a redraw. */
import type { ChildProcess } from 'node:child_process';
import { exitCode } from '../host/inside.ts';
import { NAMESPACE } from './app.ts';
import type { Scene } from './scene.ts';

const LONGEST = '5m';

export class Tree {
  /** The exit code, which tells the rollout's outcome. */
  readonly ended: Promise<number>;
  private readonly child: ChildProcess;

  constructor({ sluice, signal, patient = false }: Scene) {
    // Nobody sits at the demo to answer a rollout that waits for a person.
    const limits = ['--timeout', LONGEST, ...(patient ? [] : ['--fail-fast'])];
    this.child = sluice.onTerminal(['get', `${NAMESPACE}/reviews`, '--watch', ...limits]);
    this.ended = exitCode(this.child);
    const end = () => this.child.kill('SIGTERM');
    signal.addEventListener('abort', end, { once: true });
    this.child.once('exit', () => signal.removeEventListener('abort', end));
  }

  /** Ends the watching; the last picture stays on the screen, the rollout goes on. */
  async close(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
  }
}
