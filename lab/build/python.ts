/** The Python that installs packages and later runs them; compiled parts of a package fit one version only. */
import { spawnSync } from 'node:child_process';

let identity: string | undefined;

/** Path and version of `python3`, asked once; empty without one. */
export function pythonIdentity(): string {
  identity ??= ask();
  return identity;
}

function ask(): string {
  const script = 'import sys; print(sys.executable, sys.version)';
  return spawnSync('python3', ['-c', script], { encoding: 'utf8', timeout: 20_000 }).stdout ?? '';
}
