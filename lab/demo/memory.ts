/** How much memory the lab takes with everything in it. */
import { readdir, readFile } from 'node:fs/promises';

const EVERY_MS = 4_000;

/** Samples until stopped. Proportional set size counts a page that n processes share as one nth in each (proc(5)). */
export class MemoryWatch {
  private peakBytes = 0;
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.timer = setInterval(() => void this.sample(), EVERY_MS);
    this.timer.unref();
  }

  private async sample(): Promise<void> {
    this.peakBytes = Math.max(this.peakBytes, await memoryInUse());
  }

  /** @returns the largest sample, bytes */
  async stop(): Promise<number> {
    clearInterval(this.timer);
    await this.sample();
    return this.peakBytes;
  }
}

/** Bytes of all processes that this one sees: inside the lab, those of the lab. */
async function memoryInUse(): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const sizes = await Promise.all(pids.map(proportionalSize));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function proportionalSize(pid: string): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024;
}
