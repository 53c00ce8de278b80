/** How much memory the lab takes with everything in it. */
import { readdir, readFile, readlink } from 'node:fs/promises';

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

/** Bytes of all processes in this one's PID namespace, which is the lab's. */
async function memoryInUse(): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const ours = await namespaceOf('self');
  const sizes = await Promise.all(pids.map((pid) => proportionalSize(pid, ours)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Where /proc could not be mounted anew it shows the outer processes too, so a process is asked where it lives. */
function namespaceOf(pid: string): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/pid`).catch(() => undefined);
}

async function proportionalSize(pid: string, namespace: string | undefined): Promise<number> {
  if ((await namespaceOf(pid)) !== namespace) return 0;
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024;
}
