/**
 * One invocation of the worker's handler in a process of its own, for what starts processes: Temporal's `subprocess` provider (which ends
 * them after a minute), a Job. SLUICE_LIFE_SECONDS (default 55) is the deadline, and it
 * leaves after SLUICE_IDLE_SECONDS (default 10) without work. Prints what became of it as one line of JSON.
 */
import { workerHandler } from './worker.ts';

const lifeMs = Number(process.env.SLUICE_LIFE_SECONDS ?? 55) * 1000;
const began = performance.now();
const untilIdleMs = Number(process.env.SLUICE_IDLE_SECONDS ?? 10) * 1000;
const life = await workerHandler({ untilIdleMs })(
  {},
  { getRemainingTimeInMillis: () => lifeMs - (performance.now() - began) },
);
console.log(
  JSON.stringify({ ...life, cpuMs: Math.round(process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000) }),
);
