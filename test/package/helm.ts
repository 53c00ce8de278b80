/** Helm itself: from the PATH, or built once into the lab's cache (three minutes of one processor). */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ensureBuilt } from '../../lab/build/index.ts';
import { HELM } from '../../lab/build/manifest.ts';

let built: Promise<Record<string, string>> | undefined;

/** @returns what it prints  @throws Error with what it says */
export async function helm(...args: string[]): Promise<string> {
  built ??= ensureBuilt(undefined, undefined, [HELM]);
  const { helm: program = '' } = await built;
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 1e8 }).catch(
    (error: { stderr: string; stdout: string }) => {
      throw new Error(error.stdout + error.stderr);
    },
  );
  return stdout;
}
