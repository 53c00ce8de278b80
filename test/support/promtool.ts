/** Prometheus' own checks. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { builtProgram } from './built-program.ts';

/** @param input of its standard input, if it reads that  @returns what it says  @throws with it when it finds something */
export async function promtool(args: string[], input = ''): Promise<string> {
  const running = promisify(execFile)(builtProgram('promtool'), args);
  running.child.stdin?.end(input);
  const { stdout, stderr } = await running.catch((error: { stdout: string; stderr: string }) => {
    throw new Error(`promtool ${args.join(' ')}: ${error.stdout}${error.stderr}`);
  });
  return stdout + stderr;
}
