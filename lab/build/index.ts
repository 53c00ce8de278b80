/**
 * Gets every program of the lab: takes fitting ones from the PATH, and builds or downloads what the user's cache does not
 * hold yet. Downloads and compiling run side by side. Here live the manifest, the cache and the ways to get a program;
 * nothing here starts a part of the lab.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LabError, messageOf } from '../host/errors.ts';
import { takeLock } from '../host/lock.ts';
import { builtPath, cacheRoot, isBuilt } from './cache.ts';
import { fetchPart } from './fetch.ts';
import { buildGo } from './go.ts';
import { type BuildPart, type FetchedPart, type GoPart, MANIFEST } from './manifest.ts';
import { tryOnPath } from './on-path.ts';
import { checkBuildTools } from './prerequisites.ts';
import { type BuildProgress, type BuildTask, streamProgress } from './progress.ts';

export type { BuildProgress } from './progress.ts';

const SCRATCH = 'building-';

/** What every piece of work needs. */
interface Work {
  /** Folder of the cache. */
  root: string;
  progress: BuildProgress;
  signal: AbortSignal;
}

/**
 * Makes sure that every program is there. What an interrupted run finished is kept; a second process waits.
 *
 * @param wanted default: those of the lab
 * @returns absolute path of each program and data file by name
 * @throws LabError naming the missing tool, or the part that failed with the end of its log
 */
export async function ensureBuilt(
  progress: BuildProgress = streamProgress(),
  signal: AbortSignal = new AbortController().signal,
  wanted: readonly BuildPart[] = MANIFEST,
): Promise<Record<string, string>> {
  const root = cacheRoot();
  const parts = wanted.map((part) => whereFrom(part, root));
  const taken = await takeFromPath(
    parts.filter((part) => !isBuilt(part, root)),
    progress,
  );
  const missing = () => parts.filter((part) => !taken.has(part.name) && !isBuilt(part, root));
  if (missing().length > 0) {
    checkBuildTools(missing());
    const waiting = (pid: number) => progress.say(`another build is running (process ${pid}): waiting for it`);
    const release = await takeLock(join(root, 'build.lock'), waiting, signal);
    try {
      removeLeftovers(root);
      await buildAll(missing(), { root, progress, signal });
    } finally {
      progress.close();
      release();
    }
  }
  return Object.fromEntries(parts.map((part) => [part.name, taken.get(part.name) ?? builtPath(part, root)]));
}

/** A Debian package where apt offers it, or else its Go module; what is built already comes first. */
function whereFrom(part: BuildPart, root: string): BuildPart {
  if (part.kind !== 'deb' || isBuilt(part, root)) return part;
  return isBuilt(part.otherwise, root) || !aptOffers(part.package) ? part.otherwise : part;
}

/** A fresh machine has empty package lists; root can fill them. */
function aptOffers(pkg: string): boolean {
  const apt = (...args: string[]) => spawnSync('apt-get', args, { timeout: 120_000 }).status === 0;
  const offered = () => apt('--print-uris', 'download', pkg);
  return offered() || (process.getuid?.() === 0 && apt('update') && offered());
}

/** Says what is used from the PATH, and what there does not fit. @returns paths by name */
async function takeFromPath(parts: readonly BuildPart[], progress: BuildProgress): Promise<Map<string, string>> {
  const taken = new Map<string, string>();
  for (const { name, onPath } of parts) {
    const found = onPath && (await tryOnPath(name, onPath));
    if (!found) continue;
    const what = `${name} ${found.version ?? '(of unknown version)'} at ${found.path}`;
    if (found.fits) {
      taken.set(name, found.path);
      progress.say(`taken from the PATH: ${what}`);
    } else
      progress.say(`not taken from the PATH: ${what}; the lab needs ${onPath.from} or newer, below ${onPath.below}`);
  }
  return taken;
}

/** Two things at a time: what needs no compiling is fetched in turn, while Go builds module after module. */
async function buildAll(parts: readonly BuildPart[], work: Work): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([work.signal, failed.signal]);
  const inTurn = async (tasks: (() => Promise<void>)[]) => {
    try {
      for (const task of tasks) await task();
    } catch (error) {
      failed.abort(error);
    }
  };
  const modules = Map.groupBy(parts.filter(isGo), ({ module }) => module);
  const fetched = parts.filter((part): part is FetchedPart => !isGo(part));
  work.progress.start(parts.length);
  await Promise.all([
    inTurn(fetched.map((part) => () => fetchOne(part, { ...work, signal }))),
    inTurn(
      [...modules].map(
        ([module, programs]) =>
          () =>
            buildModule(module, programs, { ...work, signal }),
      ),
    ),
  ]);
  signal.throwIfAborted();
}

function isGo(part: BuildPart): part is GoPart {
  return part.kind === 'go';
}

/** Scratch folders of builds that were killed; we hold the lock, so nobody uses them. */
function removeLeftovers(root: string): void {
  for (const name of readdirSync(root).filter((one) => one.startsWith(SCRATCH))) {
    rmSync(join(root, name), { recursive: true, force: true });
  }
}

function fetchOne(part: FetchedPart, work: Work): Promise<void> {
  return make(part.name, [part], work, async (_task, place) => {
    const target = join(place.scratch, part.name);
    await fetchPart(part, { ...place, target });
    keep(part, target, work.root);
  });
}

function buildModule(module: string, programs: readonly GoPart[], work: Work): Promise<void> {
  return make(`go-${module}`, programs, work, (task, place) =>
    buildGo(programs, {
      ...place,
      onDetail: (text) => work.progress.detail(task, text),
      onProgram: (part, file) => keep(part, file, work.root),
    }),
  );
}

/** Renamed into place: a file in the cache is always whole. */
function keep(part: BuildPart, file: string, root: string): void {
  const final = builtPath(part, root);
  mkdirSync(dirname(final), { recursive: true });
  renameSync(file, final);
}

/** Gets parts in a scratch folder, with progress and a log. */
async function make(
  name: string,
  parts: readonly BuildPart[],
  { root, progress, signal }: Work,
  get: (task: BuildTask, place: { scratch: string; log: string; signal: AbortSignal }) => Promise<void>,
): Promise<void> {
  const log = join(root, 'logs', `${name}.log`);
  mkdirSync(dirname(log), { recursive: true });
  rmSync(log, { force: true });
  const scratch = mkdtempSync(join(root, SCRATCH));
  const expectedMs = parts.reduce((sum, part) => sum + part.expectedSeconds * 1000, 0);
  const task = { names: parts.map((part) => part.name), expectedMs };
  progress.begin(task);
  try {
    await get(task, { scratch, log, signal });
    progress.end(task);
  } catch (error) {
    signal.throwIfAborted();
    const details = error instanceof LabError ? error.details : [];
    throw new LabError(`building ${name} failed: ${messageOf(error)}`, [...details, `full log: ${log}`]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
