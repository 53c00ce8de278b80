import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../host/errors.ts';
import { exitCode } from '../host/inside.ts';
import { runDir } from '../host/state.ts';
import { findLog, logFiles } from './log-files.ts';
import { columns } from './table.ts';

/** Logs can be read after the lab has ended, too. */
export async function logsCommand(
  name: string,
  wanted: string | undefined,
  options: { follow?: boolean; lines: string },
): Promise<void> {
  const dir = runDir(name);
  if (!existsSync(join(dir, 'logs'))) throw new LabError(`lab ${name} has no logs: it was never started`);
  if (!/^\d+$/.test(options.lines)) throw new LabError(`--lines "${options.lines}" is not a number`);
  const logs = logFiles(dir);
  if (wanted === undefined) {
    return console.log(columns([['LOG', 'SIZE'], ...logs.map((log) => [log.name, `${log.bytes} bytes`])]));
  }
  const follow = options.follow ? ['-F'] : [];
  const { file } = findLog(logs, wanted);
  const tail = spawn('tail', ['-n', options.lines, ...follow, file], { stdio: 'inherit' });
  process.on('SIGINT', () => undefined);
  process.exitCode = await exitCode(tail);
}
