import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Runs `node ...args` in place of this process: terminal, signals and exit code are the child's. */
export async function handOver(node, args) {
  const child = spawn(node, args, { stdio: 'inherit' });
  // Ctrl-C reaches the child by itself; this process only waits for its answer.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  const [code, signal] = await new Promise((resolve) => child.on('exit', (...end) => resolve(end)));
  process.exit(code ?? 128 + constants.signals[signal]);
}
