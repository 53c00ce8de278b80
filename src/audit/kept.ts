/**
 * Audits that were exported to a directory, a file for each rollout that is over. Its name has the run in which the rollout ended, so
 * that none is ever written again, and two of the same number stand side by side.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunJson } from '../temporal/chain.ts';
import { type AuditFile, readAuditFile } from './file.ts';

/** A file of the directory, by its name. `run`: in which it ended. */
export interface KeptAudit {
  path: string;
  /** Id of the rollout's workflow. */
  workflowId: string;
  epoch: number;
  run: string;
}

/** What is in it. */
export type ReadAudit = { path: string; file: AuditFile; runs: RunJson[] };

const ENDING = '.audit.json';

function nameOf({ workflowId, epoch, run }: Omit<KeptAudit, 'path'>): string {
  const [, ...target] = workflowId.split('/');
  return `${[...target, epoch, run].map(encodeURIComponent).join('+')}${ENDING}`;
}

/** Files of other names are not ours. @returns none where the directory is not there */
export async function listKept(dir: string): Promise<KeptAudit[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((name) => {
    const kept = readName(name);
    return kept ? [{ ...kept, path: join(dir, name) }] : [];
  });
}

function readName(name: string): Omit<KeptAudit, 'path'> | undefined {
  const parts = name.slice(0, -ENDING.length).split('+');
  try {
    const [cluster, namespace, plan, epoch, run = ''] = parts.map(decodeURIComponent);
    const kept = { workflowId: `rollout/${cluster}/${namespace}/${plan}`, epoch: Number(epoch), run };
    return name === nameOf(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all; one that is there stays. @returns whether it is new */
export async function keep(dir: string, of: Omit<KeptAudit, 'path'>, file: AuditFile): Promise<boolean> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, nameOf(of));
  const partial = `${path}.${randomUUID()}`;
  try {
    await writeFile(partial, `${JSON.stringify(file)}\n`, { flag: 'wx', flush: true });
    await link(partial, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(partial, { force: true });
  }
}

/** @throws when it is no audit file any more */
export async function readKept(path: string): Promise<ReadAudit> {
  const file = readAuditFile(await readFile(path, 'utf8'));
  if (typeof file === 'string') throw new Error(`${path} is no audit file: ${file}`);
  return { path, file, runs: file.runs.map(({ run, events }) => ({ run, events: events.map(({ event }) => event) })) };
}

/** @param which a number, or the id of its last run; absent: the newest */
export async function findKept(dir: string, workflowId: string, which?: string): Promise<ReadAudit | undefined> {
  const of = (await listKept(dir)).filter((one) => one.workflowId === workflowId);
  const newest = Math.max(...of.map(({ epoch }) => epoch));
  const meant = of.filter(({ epoch, run }) => [String(epoch), run].includes(which ?? String(newest)));
  const read = await Promise.all(meant.map(({ path }) => readKept(path)));
  return read.sort((a, b) => a.file.exportedAt.localeCompare(b.file.exportedAt)).at(-1);
}
