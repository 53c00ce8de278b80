/** What of Sluice runs and is connected, as the machine sees it: /proc of the lab. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Command lines of processes that are Sluice's. */
export function sluiceProcesses(): { pid: number; what: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ pid: Number(name), what: commandOf(name) }))
    .filter(({ what }) => /serverless\/src\/|invoke-server|src\/cli\/main\.ts (worker|server|dev)/.test(what));
}

/** Established connections of those processes; the tenth column is the socket's inode (proc_net_tcp(5)). */
export function sluiceConnections(): number {
  const sockets = new Set(sluiceProcesses().flatMap(({ pid }) => socketsOf(pid)));
  const lines = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1),
  );
  return lines.filter((line) => {
    const { 3: state, 9: inode = '' } = line.trim().split(/\s+/);
    return state === ESTABLISHED && sockets.has(`socket:[${inode}]`);
  }).length;
}

const ESTABLISHED = '01';

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    // it has ended meanwhile
    return [];
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
