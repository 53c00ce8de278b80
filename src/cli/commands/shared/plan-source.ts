import { InvalidArgumentError, Option } from 'commander';
import type { InstallationFile, PlanSource } from '../../../installation/index.ts';
import { isNamespacePattern } from '../../../plan/glob.ts';

export interface PlanSourceFlags {
  plans?: string;
  planNamespaces?: string[];
}

export function planNamespacesOption(): Option {
  const what = 'namespaces that the plans of --plans may name: demo,shop-*';
  return new Option('--plan-namespaces <names>', what).argParser((text) => {
    const names = text.split(',');
    if (names.every(isNamespacePattern)) return names;
    throw new InvalidArgumentError('Write names of namespaces, or patterns for several: demo,shop-* (all: "*").');
  });
}

/** @returns undefined when nobody says where plans are  @throws RangeError when it is not clear which namespaces they may name */
export async function plansOfWorker(
  { plans: dir, planNamespaces }: PlanSourceFlags,
  file: InstallationFile | undefined,
): Promise<PlanSource | undefined> {
  const { noFile, onlySource, watchPlans } = await import('../../../installation/index.ts');
  const { serverLog } = await import('../../../server/log.ts');
  const installation = file ?? noFile();
  if (dir === undefined && installation.known.planSources.length === 0) return undefined;
  const log = serverLog({ name: 'sluice-worker', level: 'warn' });
  return watchPlans(log, installation, onlySource(dir, planNamespaces, installation.known));
}
