import { join } from 'node:path';
import type { Logger } from 'pino';
import { formatProblems, joinPlanDirs, type PlanDir, planFiles } from '../plan/index.ts';
import type { InstallationFile } from './file.ts';
import { fileState } from './file-state.ts';
import type { Installation, PlanSourceEntry } from './installation.ts';
import { loadPlanSource } from './plan-sources.ts';

export interface PlanSource {
  /** The plans as they are now. */
  current(): Promise<PlanDir>;
}

interface Known {
  fingerprint: string;
  under: Installation;
  plans: PlanDir;
}

/**
 * Plans of the installation's sources, or of one that the command line names, read again when a file in one or the installation changed.
 * Broken files are logged once per change; a directory that cannot be read any more leaves its last known plans in place, and none
 * stands in another's way. At the start every one must be readable.
 */
export function watchPlans(log: Logger, installation: InstallationFile, only?: PlanSourceEntry): PlanSource {
  let known = new Map<string, Known>();
  let started = false;
  const read = async (source: PlanSourceEntry, under: Installation): Promise<Known | undefined> => {
    const last = known.get(keyOf(source));
    try {
      const now = await fingerprintOf(source.dir);
      if (last?.fingerprint === now && last.under === under) return last;
      const plans = await loadPlanSource(source, under);
      report(plans, log);
      return { fingerprint: now, under, plans };
    } catch (error) {
      if (!started) throw error;
      log.error({ source: source.name, dir: source.dir, err: error }, 'the plans cannot be read again');
      return last;
    }
  };
  return {
    async current() {
      const under = await installation.current();
      const sources = only ? [only] : under.planSources;
      const all = await Promise.all(sources.map(async (source) => [keyOf(source), await read(source, under)] as const));
      known = new Map(all.flatMap(([key, one]) => (one ? [[key, one]] : [])));
      started = true;
      return joinPlanDirs([...known.values()].map(({ plans }) => plans));
    },
  };
}

function keyOf({ name, dir, namespaces }: PlanSourceEntry): string {
  return JSON.stringify([name, dir, namespaces]);
}

async function fingerprintOf(dir: string): Promise<string> {
  const files = await planFiles(dir);
  const parts = await Promise.all(files.map(async (file) => `${file} ${await fileState(join(dir, file))}`));
  return parts.join('\n');
}

function report({ plans, broken }: PlanDir, log: Logger): void {
  log.info({ plans: plans.map(({ plan }) => `${plan.namespace}/${plan.name}`), broken: broken.length }, 'plans read');
  for (const { file, problems } of broken) log.warn({ file, problems: formatProblems(problems) }, 'plan refused');
}
