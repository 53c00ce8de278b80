/** The command lines that make the lab's namespaces and enter them. */
import { dirname, join } from 'node:path';
import type { LabState } from './state.ts';
import { stateFile } from './state.ts';

/**
 * Runs `argv` as the lab's only tenant: own network, processes and mounts. An ordinary user becomes root of a user
 * namespace. `--kill-child` ends the lab when unshare itself is killed.
 */
export function enterNewLab(argv: readonly string[], unprivileged: boolean): string[] {
  const user = unprivileged ? ['--user', '--map-root-user'] : [];
  const init = join(import.meta.dirname, 'init.sh');
  return ['unshare', ...user, '--net', '--mount', '--pid', '--fork', '--kill-child', '--', '/bin/sh', init, ...argv];
}

/**
 * Runs `argv` inside a lab that is up. The shell restores the working folder, which entering a mount namespace loses.
 */
export function enterLab(
  state: Pick<LabState, 'pid' | 'unprivileged'>,
  argv: readonly string[],
  cwd: string,
): string[] {
  const user = state.unprivileged ? ['--user', '--preserve-credentials'] : [];
  const target = ['--target', String(state.pid)];
  return [
    'nsenter',
    ...target,
    ...user,
    '--net',
    '--mount',
    '--pid',
    '--',
    '/bin/sh',
    '-c',
    'cd "$0" && exec "$@"',
    cwd,
    ...argv,
  ];
}

/** The caller's own profiles and keys are for another Temporal. */
const TEMPORAL_CONFIG = join(import.meta.dirname, '..', 'temporal', 'temporal.toml');

/** What a command inside finds in its environment: the lab's state, kubectl and Temporal pointed at it. */
export function insideEnv(state: LabState, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(others),
    SLUICE_LAB_STATE: stateFile(state.dir),
    KUBECONFIG: state.kubeconfig,
    TEMPORAL_ADDRESS: state.temporal,
    TEMPORAL_CONFIG_FILE: TEMPORAL_CONFIG,
    PATH: [join(state.dir, 'bin'), dirname(process.execPath), env.PATH ?? '/usr/bin:/bin'].join(':'),
  };
}
