/** Plans from files. */
import { open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { INSTALLATION_FILE } from '../contract/ids.ts';
import type { Plan } from '../contract/plan.ts';
import { loadPlanText, type PlanClaims, type PlanResult, type PlanRule } from './load.ts';
import type { PlanProblem } from './problem.ts';
import { MAX_BYTES } from './source.ts';

const PLAN_FILE = /^[^.].*\.(?:ya?ml|json)$/;
const MAX_FILES = 2_000;

export interface LoadedPlan {
  plan: Plan;
  /** As its source names it: `shops/reviews.yaml`, `RolloutPlan demo/reviews, generation 3`. */
  file: string;
}

export interface BrokenPlan {
  file: string;
  problems: PlanProblem[];
  claims: PlanClaims;
}

export interface PlanDir {
  /** Ordered by file name. */
  plans: LoadedPlan[];
  broken: BrokenPlan[];
}

/** @param file path; problems show it as given */
export async function loadPlanFile(file: string, shown = file, rule?: PlanRule): Promise<PlanResult> {
  const text = await readPlanText(file, shown);
  return typeof text === 'string' ? loadPlanText(text, shown, rule) : text;
}

/** The text of a plan or of another file that is written like one. */
export async function readPlanText(file: string, shown: string): Promise<string | Unreadable> {
  const text = decodeUtf8(await readAtMost(file, MAX_BYTES + 1));
  return text ?? unreadable(shown, 'the file is not UTF-8 text', 'save it as UTF-8');
}

type Unreadable = Exclude<PlanResult, { plan: Plan }>;

/**
 * Every `*.yaml`, `*.yml` and `*.json` in `dir` itself. A broken file does not take the others down; of two plans with one
 * name neither is used, since nobody can tell which was meant.
 * @param shown names of files begin so
 * @throws when the directory cannot be read
 */
export async function loadPlanDir(dir: string, rule?: PlanRule, shown = ''): Promise<PlanDir> {
  const result: PlanDir = { plans: [], broken: [] };
  for (const name of await planFiles(dir)) {
    const file = shown + name;
    const loaded = await loadInside(join(dir, name), dir, file, rule);
    if ('plan' in loaded) result.plans.push({ plan: loaded.plan, file });
    else result.broken.push({ file, ...loaded });
  }
  return refuseRepeats(result);
}

/** Names of the plan files in `dir`, sorted. The operator's file may lie beside them. */
export async function planFiles(dir: string): Promise<string[]> {
  const names = (await readdir(dir)).filter((name) => PLAN_FILE.test(name) && name !== INSTALLATION_FILE).sort();
  if (names.length > MAX_FILES) throw new RangeError(`${dir} has more than ${MAX_FILES} plan files`);
  return names;
}

/** A link may point elsewhere in the directory (mounted ConfigMaps do), but not out of it. */
async function loadInside(path: string, dir: string, file: string, rule: PlanRule | undefined): Promise<PlanResult> {
  try {
    const [root, target] = await Promise.all([realpath(dir), realpath(path)]);
    if (!target.startsWith(root + sep))
      return unreadable(file, 'the link leads out of the directory', 'copy the file here');
    return await loadPlanFile(target, file, rule);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return unreadable(file, `the file cannot be read (${code})`, 'check that it is a file with read permission');
  }
}

function unreadable(file: string, message: string, remedy: string): Unreadable {
  return { problems: [{ file, line: 1, column: 1, path: '', message, remedy }], claims: { images: [] } };
}

async function readAtMost(file: string, limit: number): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const buffer = new Uint8Array(limit);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, limit - length);
      length += bytesRead;
      if (bytesRead === 0 || length === limit) return buffer.subarray(0, length);
    }
  } finally {
    await handle.close();
  }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // A character that the size limit cut in two ends here as well; the limit itself is the better message.
    return bytes.length > MAX_BYTES ? ' '.repeat(MAX_BYTES + 1) : undefined;
  }
}

/** Of several directories: a plan that two of them have is used from neither. */
export function joinPlanDirs(dirs: readonly PlanDir[]): PlanDir {
  return refuseRepeats({ plans: dirs.flatMap(({ plans }) => plans), broken: dirs.flatMap(({ broken }) => broken) });
}

function refuseRepeats({ plans, broken }: PlanDir): PlanDir {
  const files = new Map<string, string[]>();
  for (const { plan, file } of plans) files.set(idOf(plan), [...(files.get(idOf(plan)) ?? []), file]);
  const isRepeated = ({ plan }: LoadedPlan) => (files.get(idOf(plan))?.length ?? 0) > 1;
  const refused = plans.filter(isRepeated).map(({ plan, file }) => {
    const others = (files.get(idOf(plan)) ?? []).filter((other) => other !== file);
    return repeatedPlan(plan, file, others);
  });
  return { plans: plans.filter((loaded) => !isRepeated(loaded)), broken: [...broken, ...refused] };
}

function repeatedPlan(plan: Plan, file: string, others: string[]): BrokenPlan {
  const message = `${idOf(plan)} is also the plan in ${others.join(', ') || 'another source'}`;
  const remedy = 'remove one, or give it another name';
  return {
    file,
    problems: [{ file, path: 'metadata.name', message, remedy }],
    claims: { name: plan.name, namespace: plan.namespace, images: plan.events.map(({ image }) => image) },
  };
}

function idOf({ namespace, name }: Plan): string {
  return `${namespace}/${name}`;
}
