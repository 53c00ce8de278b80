/** What waiting costs: processor and memory of everybody who takes part, connections and requests of Sluice's process. */
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { PRODUCT_USER } from '../../lab/index.ts';
import type { BenchBed } from './bed.ts';
import { connectionsTo, type ProcessUse, useOf } from './process-use.ts';
import type { Use } from './result.ts';

const SETTLE_MS = 500;
const MINUTE_MS = 60_000;

/** Observes for so long, ms; nothing else may be asked of the process meanwhile. @param pid default the worker's */
export async function observe(bed: BenchBed, forMs: number, pid = bed.workerPid): Promise<Use> {
  const { auditLog, prometheus, apiServer, parts } = bed.lab;
  const pidOf = (part: 'temporal' | 'apiserver' | 'prometheus') => parts[part]?.pid ?? missing(part);
  const pids = [pid, pidOf('temporal'), pidOf('apiserver'), pidOf('prometheus')];
  await sleep(SETTLE_MS);
  const begun = Date.now();
  const logged = statSync(auditLog).size;
  const asked = await queriesAnswered(prometheus);
  const before = pids.map(useOf);
  await sleep(forMs);
  const after = pids.map(useOf) as [ProcessUse, ProcessUse, ProcessUse, ProcessUse];
  const tookMs = Date.now() - begun;
  const [cpuPercent, temporalCpuPercent, apiServerCpuPercent, prometheusCpuPercent] = after.map(
    ({ cpuSeconds }, index) => (100_000 * (cpuSeconds - (before[index]?.cpuSeconds ?? 0))) / tookMs,
  ) as [number, number, number, number];
  const perMinute = (count: number) => (count * MINUTE_MS) / tookMs;
  return {
    residentMiB: after[0].residentMiB,
    temporalMiB: after[1].residentMiB,
    cpuPercent,
    temporalCpuPercent,
    apiServerCpuPercent,
    prometheusCpuPercent,
    connections: connectionsTo(pid, Number(new URL(apiServer).port)),
    requestsPerMinute: perMinute(await requestsSince(auditLog, logged)),
    queriesPerMinute: perMinute((await queriesAnswered(prometheus)) - asked),
  };
}

function missing(part: string): never {
  throw new Error(`the lab has no ${part}`);
}

/** Requests of the product; a watch counts when it ends. */
async function requestsSince(auditLog: string, start: number): Promise<number> {
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(auditLog, { start }) })) {
    if (line.includes(PRODUCT_USER)) count += 1;
  }
  return count;
}

/** Of all its users, since its start. */
async function queriesAnswered(prometheus: string): Promise<number> {
  const text = await (await fetch(`${prometheus}/metrics`)).text();
  const counts = text.matchAll(
    /^prometheus_http_requests_total\{[^}]*handler="\/api\/v1\/query(?:_range)?"[^}]*\} (\S+)$/gm,
  );
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}
