import { join } from 'node:path';
import type { Logger } from 'pino';
import { fileState, type Installation, type InstallationFile, sourceRule } from '../installation/index.ts';
import { formatProblems, loadPlanDir, type PlanDir, planFiles } from '../plan/index.ts';

export interface PlanSource {
  /** The plans as they are now. */
  current(): Promise<PlanDir>;
}

/**
 * Plans of a directory, read again when a file in it or the installation changed. Broken files are logged once per change; a directory that
 * cannot be read any more leaves the last known plans in place.
 */
export function watchPlanDir(dir: string, log: Logger, installation: InstallationFile): PlanSource {
  let known: { fingerprint: string; under: Installation; plans: PlanDir } | undefined;
  return {
    async current() {
      try {
        const [now, under] = await Promise.all([fingerprint(dir), installation.current()]);
        if (known?.fingerprint !== now || known.under !== under) {
          known = { fingerprint: now, under, plans: await loadPlanDir(dir, sourceRule(under)) };
          report(known.plans, log);
        }
        return known.plans;
      } catch (error) {
        if (!known) throw error;
        log.error({ dir, err: error }, 'the plans cannot be read again');
        return known.plans;
      }
    },
  };
}

async function fingerprint(dir: string): Promise<string> {
  const files = await planFiles(dir);
  const parts = await Promise.all(files.map(async (file) => `${file} ${await fileState(join(dir, file))}`));
  return parts.join('\n');
}

function report({ plans, broken }: PlanDir, log: Logger): void {
  log.info({ plans: plans.map(({ plan }) => `${plan.namespace}/${plan.name}`), broken: broken.length }, 'plans read');
  for (const { file, problems } of broken) log.warn({ file, problems: formatProblems(problems) }, 'plan refused');
}
