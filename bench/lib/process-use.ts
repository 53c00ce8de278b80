/** What a process costs, from /proc (proc(5)). */
import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second on every architecture that Node supports. */
const TICKS_PER_SECOND = 100;

export interface ProcessUse {
  /** Resident memory, MiB. */
  residentMiB: number;
  /** Processor time since its start, user and system, s. */
  cpuSeconds: number;
}

/** @throws when there is no such process */
export function useOf(pid: number): ProcessUse {
  return parseUse(readFileSync(`/proc/${pid}/stat`, 'utf8'), readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/** Fields 14 and 15 of `stat` count from after the name, which may hold spaces and parentheses. */
export function parseUse(stat: string, status: string): ProcessUse {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  if (Number.isNaN(ticks) || Number.isNaN(kibibytes)) throw new Error('this is not the /proc of a running process');
  return { residentMiB: kibibytes / 1024, cpuSeconds: ticks / TICKS_PER_SECOND };
}
