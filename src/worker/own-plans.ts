import { type InstallationFile, noFile, onlySource, type PlanSource, watchPlans } from '../installation/index.ts';
import { serverLog } from '../server/log.ts';

/**
 * A worker's own copies of plans: of a directory, or of the installation's sources.
 * @param namespaces that the plans of the directory may name
 * @param kubeconfig for plans that are objects
 * @returns undefined when nobody says where plans are  @throws RangeError when it is not clear which namespaces they may name
 */
export function ownPlans(
  installation: InstallationFile = noFile(),
  dir?: string,
  namespaces?: readonly string[],
  kubeconfig?: string,
): PlanSource | undefined {
  if (dir === undefined && installation.known.planSources.length === 0) return undefined;
  const log = serverLog({ name: 'sluice-worker', level: 'warn' });
  return watchPlans(log, installation, onlySource(dir, namespaces, installation.known), kubeconfig);
}
