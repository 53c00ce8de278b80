/** Processes that outlive who starts them, and end with the lab. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { processError } from '../host/log-end.ts';

const STARTS_MS = 60_000;

/**
 * @param argv a module and its arguments
 * @param log file that what it says is added to
 * @returns the first message that it sends  @throws LabError when it ends, or says nothing for a minute
 */
export async function startInBackground<Message>(argv: string[], log: string): Promise<Message> {
  const said = openSync(log, 'a');
  const child = spawn(process.execPath, argv, { detached: true, stdio: ['ignore', said, said, 'ipc'] });
  closeSync(said);
  const [message] = await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(STARTS_MS) }).catch(() => [undefined]),
    once(child, 'exit').then(() => [undefined]),
  ]);
  if (message === undefined) {
    child.kill();
    throw processError(`${argv[0]} did not start`, log);
  }
  child.disconnect();
  child.unref();
  return message as Message;
}
