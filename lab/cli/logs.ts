import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../host/errors.ts';
import { exitCode } from '../host/inside.ts';
import { runDir } from '../host/state.ts';
import { columns } from './table.ts';

/** Logs can be read after the lab has ended, too. */
export async function logsCommand(
  name: string,
  part: string | undefined,
  options: { follow?: boolean; lines: string },
): Promise<void> {
  const dir = join(runDir(name), 'logs');
  if (!existsSync(dir)) throw new LabError(`lab ${name} has no logs: it was never started`);
  if (!/^\d+$/.test(options.lines)) throw new LabError(`--lines "${options.lines}" is not a number`);
  const logs = readdirSync(dir).filter((file) => file.endsWith('.log'));
  if (part === undefined) {
    const rows = logs.sort().map((file) => [file.slice(0, -'.log'.length), `${statSync(join(dir, file)).size} bytes`]);
    return console.log(columns([['LOG', 'SIZE'], ...rows]));
  }
  if (!logs.includes(`${part}.log`)) {
    const known = logs.map((file) => file.slice(0, -'.log'.length)).join(', ');
    throw new LabError(`there is no log "${part}": there are ${known}`);
  }
  const follow = options.follow ? ['-F'] : [];
  const tail = spawn('tail', ['-n', options.lines, ...follow, join(dir, `${part}.log`)], { stdio: 'inherit' });
  process.on('SIGINT', () => undefined);
  process.exitCode = await exitCode(tail);
}
