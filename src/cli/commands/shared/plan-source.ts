import { InvalidArgumentError, Option } from 'commander';
import type { InstallationFile, PlanSource } from '../../../installation/index.ts';
import { isNamespacePattern } from '../../../plan/glob.ts';

export interface PlanSourceFlags {
  plans?: string;
  planNamespaces?: string[];
  kubeconfig?: string;
}

export function planNamespacesOption(): Option {
  const what = 'namespaces that the plans of --plans may name: demo,shop-*';
  return new Option('--plan-namespaces <names>', what).argParser((text) => {
    const names = text.split(',');
    if (names.every(isNamespacePattern)) return names;
    throw new InvalidArgumentError('Write names of namespaces, or patterns for several: demo,shop-* (all: "*").');
  });
}

/** What the worker reads itself, see `ownPlans`. */
export async function plansOfWorker(
  { plans, planNamespaces, kubeconfig }: PlanSourceFlags,
  installation: InstallationFile | undefined,
): Promise<PlanSource | undefined> {
  const { ownPlans } = await import('../../../worker/own-plans.ts');
  return ownPlans(installation, plans, planNamespaces, kubeconfig);
}
