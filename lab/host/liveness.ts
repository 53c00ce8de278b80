/** Tells a living lab from what a crash left behind. */
import { readFileSync } from 'node:fs';
import type { LabState } from './state.ts';

/** `free`: nothing there. `live`: its init runs. `stale`: it says it runs, but does not. `over`: it ended in order. */
export type LabCondition = 'free' | 'live' | 'stale' | 'over';

/**
 * Start time of a process in clock ticks since boot; undefined when there is no such process or it is a zombie.
 * The command name in field 2 may hold blanks and brackets, so fields are counted from the last bracket (proc(5)).
 */
export function processStartTime(pid: number, readStat: (pid: number) => string = statOf): string | undefined {
  let stat: string;
  try {
    stat = readStat(pid);
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const running = fields[0] !== 'Z' && fields[0] !== 'X';
  return running ? fields[19] : undefined;
}

function statOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8');
}

/** Where a lab stands, judged from outside by its state file and the process it names. */
export function labCondition(
  state: LabState | undefined,
  startTimeOf: (pid: number) => string | undefined = processStartTime,
): LabCondition {
  if (!state) return 'free';
  if (state.pid > 0 && startTimeOf(state.pid) === state.pidStartTime) return 'live';
  return state.phase === 'stopped' || state.phase === 'failed' ? 'over' : 'stale';
}
