import { exitCode, signalInside, spawnInside } from '../host/inside.ts';
import { runningLab } from './running.ts';

/** Runs a command inside on this terminal; our exit code is the command's. */
export async function execCommand(name: string, argv: string[]): Promise<void> {
  const child = spawnInside(runningLab(name), argv, { stdio: 'inherit' });
  // a terminal sends Ctrl-C to the command as well: it decides, we only wait
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => signalInside(child, signal));
  process.exitCode = await exitCode(child);
}

export async function shellCommand(name: string): Promise<void> {
  console.error(`inside lab ${name}: kubectl and temporal are set up; leave with exit`);
  await execCommand(name, [process.env.SHELL || '/bin/sh']);
}
