/**
 * Gets every program of the lab: builds or downloads what the user's cache does not hold yet, one after another.
 * Here live the manifest, the cache and the ways to fetch; nothing here starts a part of the lab.
 */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LabError, messageOf } from '../host/errors.ts';
import { takeLock } from '../host/lock.ts';
import { builtPath, cacheRoot, isBuilt } from './cache.ts';
import { fetchPart } from './fetch.ts';
import { type BuildPart, MANIFEST } from './manifest.ts';
import { checkBuildTools } from './prerequisites.ts';
import { type BuildProgress, streamProgress } from './progress.ts';

export type { BuildProgress } from './progress.ts';

const SCRATCH = 'building-';

/**
 * Makes sure that every program is in the cache. What an interrupted run finished is kept; a second process waits.
 *
 * @returns absolute path of each program and data file by name
 * @throws LabError naming the missing tool, or the part that failed with the end of its log
 */
export async function ensureBuilt(
  progress: BuildProgress = streamProgress(),
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const root = cacheRoot();
  if (missing(root).length > 0) {
    checkBuildTools(missing(root));
    const release = await takeLock(join(root, 'build.lock'), (pid) => progress.waiting(pid), signal);
    try {
      removeLeftovers(root);
      await buildAll(missing(root), root, progress, signal);
    } finally {
      progress.close();
      release();
    }
  }
  return Object.fromEntries(MANIFEST.map((part) => [part.name, builtPath(part, root)]));
}

function missing(root: string): BuildPart[] {
  return MANIFEST.filter((part) => !isBuilt(part, root));
}

async function buildAll(
  parts: BuildPart[],
  root: string,
  progress: BuildProgress,
  signal?: AbortSignal,
): Promise<void> {
  for (const [at, part] of parts.entries()) {
    const step = { name: part.name, expectedMs: part.expectedSeconds * 1000, index: at + 1, total: parts.length };
    const started = Date.now();
    progress.begin(step);
    await buildOne(part, root, signal);
    progress.end(step, Date.now() - started);
  }
}

/** Scratch folders of builds that were killed; we hold the lock, so nobody uses them. */
function removeLeftovers(root: string): void {
  for (const name of readdirSync(root).filter((one) => one.startsWith(SCRATCH))) {
    rmSync(join(root, name), { recursive: true, force: true });
  }
}

/** Builds in a scratch folder and renames: a file in the cache is always whole. */
async function buildOne(part: BuildPart, root: string, signal?: AbortSignal): Promise<void> {
  mkdirSync(join(root, 'logs'), { recursive: true });
  const log = join(root, 'logs', `${part.name}.log`);
  rmSync(log, { force: true });
  const scratch = mkdtempSync(join(root, SCRATCH));
  try {
    const target = join(scratch, part.name);
    await fetchPart(part, { scratch, target, log, signal });
    const final = builtPath(part, root);
    mkdirSync(dirname(final), { recursive: true });
    renameSync(target, final);
  } catch (error) {
    signal?.throwIfAborted();
    const details = error instanceof LabError ? error.details : [];
    throw new LabError(`building ${part.name} failed: ${messageOf(error)}`, [...details, `full log: ${log}`]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
