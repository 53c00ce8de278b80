import type { Logger } from 'pino';
import { formatProblems, joinPlanDirs, type PlanDir } from '../plan/index.ts';
import type { InstallationFile } from './file.ts';
import type { Installation, PlanSourceEntry } from './installation.ts';
import { loadPlanSource } from './plan-sources.ts';
import { findPlans } from './plans-found.ts';

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
 * Plans of the installation's sources, or of one that the command line names, read again when a plan in one or the installation changed.
 * Broken ones are logged once per change; a source that cannot be read any more leaves its last known plans in place, and none
 * stands in another's way. At the start every one must be readable.
 * @param kubeconfig for plans that are objects; absent: the usual places
 */
export function watchPlans(
  log: Logger,
  installation: InstallationFile,
  only?: PlanSourceEntry,
  kubeconfig?: string,
): PlanSource {
  let known = new Map<string, Known>();
  let started = false;
  const read = async (source: PlanSourceEntry, under: Installation): Promise<Known | undefined> => {
    const last = known.get(keyOf(source));
    try {
      const found = await findPlans(source, kubeconfig);
      const { fingerprint } = found;
      if (last?.fingerprint === fingerprint && last.under === under) return last;
      const plans = await loadPlanSource(found, source, under);
      report(plans, log);
      return { fingerprint, under, plans };
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

function report({ plans, broken }: PlanDir, log: Logger): void {
  log.info({ plans: plans.map(({ plan }) => `${plan.namespace}/${plan.name}`), broken: broken.length }, 'plans read');
  for (const { file, problems } of broken) log.warn({ file, problems: formatProblems(problems) }, 'plan refused');
}
