/** Programs that tests run in, and how Ctrl-C ends them. */
import type { ChildProcess } from 'node:child_process';
import { signalInside } from '../../lab/index.ts';

/** Exit code of a command that Ctrl-C ended: 128 + SIGINT. */
export const INTERRUPTED = 130;

const interrupt = new AbortController();

/** Aborted by Ctrl-C: what runs is ended, nothing more is started, and the lab is taken down. */
export const interrupted = interrupt.signal;

/** A second Ctrl-C must not leave half a lab behind, so the handlers stay. */
export function catchInterrupts(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());
}

/** Waits for a program to end. @returns its exit code; 1 when a signal ended it */
export function ended(child: ChildProcess): Promise<number> {
  const end = () => signalInside(child, 'SIGTERM');
  if (interrupted.aborted) end();
  interrupted.addEventListener('abort', end);
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  }).finally(() => interrupted.removeEventListener('abort', end));
}
