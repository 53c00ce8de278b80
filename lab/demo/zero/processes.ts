/** What of Sluice runs and is connected, as the machine sees it: /proc of the lab. */
import { readdirSync, readFileSync } from 'node:fs';

/** Command lines of processes that are Sluice's. */
export function sluiceProcesses(): { pid: number; what: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ pid: Number(name), what: commandOf(name) }))
    .filter(({ what }) => /serverless\/src\/|invoke-server|src\/cli\/main\.ts (worker|server|dev)/.test(what));
}

/** Established connections to a port of this network, seen from whoever connected (proc_net_tcp(5)), without those of one process. */
export function connectionsTo(port: number): number {
  const lines = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1),
  );
  return lines.filter((line) => {
    const [, , remote = '', state] = line.trim().split(/\s+/);
    return state === ESTABLISHED && Number.parseInt(remote.split(':')[1] ?? '', 16) === port;
  }).length;
}

const ESTABLISHED = '01';

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
