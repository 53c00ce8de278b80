/** How busy the processors were: whether more lanes would make a run shorter, or less work. */
import { type CpuInfo, cpus } from 'node:os';

/** @returns what tells minutes and percent since now, of all processes of this machine */
export function watchProcessors(read: () => CpuInfo[] = cpus): () => string {
  const [began, before] = [Date.now(), spent(read())];
  return () => {
    const { all, idle } = spent(read());
    const busy = 100 * (1 - (idle - before.idle) / Math.max(1, all - before.all));
    return `${((Date.now() - began) / 60_000).toFixed(1)} minutes, processors ${busy.toFixed(0)} % busy`;
  };
}

/** Milliseconds of all processors since they run. */
function spent(processors: CpuInfo[]): { all: number; idle: number } {
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const times = processors.map((one) => one.times);
  return { all: sum(times.flatMap((one) => Object.values(one))), idle: sum(times.map(({ idle }) => idle)) };
}
