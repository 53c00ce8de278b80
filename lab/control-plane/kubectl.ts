/** Creates the lab's own objects. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LabState } from '../host/state.ts';

const run = promisify(execFile);

/** Runs kubectl as administrator. Limit 60 s. @returns its standard output */
export async function kubectl(state: LabState, args: readonly string[], signal: AbortSignal): Promise<string> {
  const global = [`--kubeconfig=${state.kubeconfig}`, `--cache-dir=${join(state.dir, 'kubectl-cache')}`];
  const { stdout } = await run(state.bin.kubectl ?? 'kubectl', [...global, ...args], {
    signal,
    timeout: 60_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout;
}

/** Applies manifest files; what is there already is made equal. */
export async function apply(state: LabState, files: readonly string[], signal: AbortSignal): Promise<void> {
  const flags = ['--server-side', '--force-conflicts', '--validate=false', '--field-manager=sluice-lab'];
  await kubectl(state, ['apply', ...flags, ...files.map((file) => `--filename=${file}`)], signal);
}
