/** Whether nothing of Sluice is there while nothing is due: looked at every second, and read from the API server's audit log. */
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { PRODUCT_USER } from '../../index.ts';
import { sluiceConnections, sluiceProcesses } from './processes.ts';

/** The most that was seen at once, and how many requests there were in all. */
export interface Rest {
  looks: number;
  processes: number;
  connections: number;
  requests: number;
}

const LOOK_MS = 1_000;

interface Watched {
  auditLog: string;
  ms: number;
  signal: AbortSignal;
}

export async function watchRest({ auditLog, ms, signal }: Watched): Promise<Rest> {
  const start = statSync(auditLog).size;
  const rest: Rest = { looks: 0, processes: 0, connections: 0, requests: 0 };
  for (const until = Date.now() + ms; Date.now() < until; rest.looks += 1) {
    await sleep(LOOK_MS, undefined, { signal });
    rest.processes = Math.max(rest.processes, sluiceProcesses().length);
    rest.connections = Math.max(rest.connections, sluiceConnections());
  }
  for await (const line of createInterface({ input: createReadStream(auditLog, { start }) }))
    if (line.includes(PRODUCT_USER)) rest.requests += 1;
  return rest;
}
