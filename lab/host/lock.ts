/** A lock held by a process: a file with its pid and start time, so that a crashed holder never blocks the next one. */
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processStartTime } from './liveness.ts';

interface Holder {
  pid: number;
  startTime: string;
}

/**
 * Takes the lock, waiting while another living process holds it.
 *
 * @param onWait called once with the holder's pid when there is something to wait for
 * @returns a function that releases the lock
 */
export async function takeLock(file: string, onWait: (pid: number) => void, signal?: AbortSignal): Promise<() => void> {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!tryLock(file)) {
    const holder = readHolder(file);
    if (holder === undefined || processStartTime(holder.pid) !== holder.startTime) {
      removeIfSame(file, holder);
      continue;
    }
    if (!told) onWait(holder.pid);
    told = true;
    await sleep(500, undefined, { signal });
  }
  return () => removeIfSame(file, self());
}

function self(): Holder {
  return { pid: process.pid, startTime: processStartTime(process.pid) ?? '' };
}

/** Links a finished file into place: the lock is never seen half written. */
function tryLock(file: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(self()));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Removes the lock only while it still names the same holder: another process may have taken it meanwhile. */
function removeIfSame(file: string, holder: Holder | undefined): void {
  if (readHolder(file)?.pid !== holder?.pid) return;
  try {
    unlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
