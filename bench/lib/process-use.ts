/** What a process costs, from /proc (proc(5)). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

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

const ESTABLISHED = '01';

/** Open TCP connections of a process to this port, IPv4 and IPv6. */
export function connectionsTo(pid: number, port: number): number {
  const sockets = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => socketOf(`/proc/${pid}/fd/${fd}`)));
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n'));
  return rows.filter((row) => {
    const [, , to = '', state, , , , , , inode] = row.trim().split(/\s+/);
    return to.endsWith(remote) && state === ESTABLISHED && sockets.has(inode);
  }).length;
}

function socketOf(path: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1];
  } catch {
    // it was closed while we looked
    return undefined;
  }
}
