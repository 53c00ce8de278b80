import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import type { LoadSoFar } from '../../contract/slice.ts';
import type { LoadOrder, LoadReport } from './load-process.ts';
import { handsOn } from './slice.ts';

/** TypeScript in the repository, JavaScript in the package. */
const PROGRAM = new URL(`load-process${extname(import.meta.url)}`, import.meta.url);
/** What a test may take to end when it is told to, ms. */
const END_MS = 5_000;

/**
 * Sends requests from a process of its own until their time is over, or the signal aborts: a slice that hands on ends in order, anything
 * else at once. The process never outlives the call.
 * @param note called with each report
 * @throws Error when the process dies
 */
export async function fireLoad(
  order: LoadOrder,
  signal: AbortSignal,
  note: (soFar: LoadSoFar) => void,
): Promise<LoadReport['over']> {
  signal.throwIfAborted();
  const child = fork(PROGRAM, {
    execArgv: [],
    env: { NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // whoever waits for its end hears of it; what comes later is of no interest
  child.on('error', () => {});
  let over: LoadReport['over'];
  child.on('message', (report: LoadReport) => {
    ({ over } = report);
    note(report.soFar);
  });
  let late: NodeJS.Timeout | undefined;
  const stop = () => {
    if (!handsOn(signal)) return child.kill('SIGKILL');
    late = setTimeout(() => child.kill('SIGKILL'), END_MS);
    return child.connected && child.send('stop');
  };
  signal.addEventListener('abort', stop, { once: true });
  // the last report may come after the exit
  const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  try {
    child.send(order);
    const [[code, killed]] = await ended;
    if (over === undefined && !signal.aborted) throw new Error(`the load test's process died (${killed ?? code})`);
    return over;
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(late);
    child.kill('SIGKILL');
  }
}
