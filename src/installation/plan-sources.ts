import { dirname, resolve } from 'node:path';
import { globFits, type PlanDir, type PlanRule } from '../plan/index.ts';
import { type Installation, type PlanSourceEntry, sourceRule } from './installation.ts';
import { targetRule } from './notification-targets.ts';
import type { FoundPlans } from './plans-found.ts';

/**
 * The one directory that a command line names in the place of the installation's sources.
 * @returns undefined: they are meant
 * @throws RangeError when it is not clear where plans are, or which namespaces they may name
 */
export function onlySource(
  dir: string | undefined,
  namespaces: readonly string[] = [],
  { planSources }: Installation,
): PlanSourceEntry | undefined {
  if (planSources.length > 0 && dir === undefined) return undefined;
  if (planSources.length > 0)
    throw new RangeError('the installation names planSources, so --plans has no place: leave it out, or add a source');
  if (dir === undefined)
    throw new RangeError('nobody says where plans are: name planSources in the installation, or use --plans');
  if (namespaces.length > 0) return { dir, namespaces };
  throw new RangeError(
    `which namespaces the plans in ${dir} may name is not said: use --plan-namespaces, for example demo,shop-*`,
  );
}

/** What a plan names must be there. */
export function namesRule(installation: Installation): PlanRule {
  return (plan) => sourceRule(installation)(plan) ?? targetRule(installation.notificationTargets)(plan);
}

/** What a plan of this source must meet. */
export function rulesOf({ name, namespaces }: PlanSourceEntry, installation: Installation): PlanRule {
  return (plan) => {
    if (covers(namespaces, plan.namespace)) return namesRule(installation)(plan);
    const source = name === undefined ? 'these plans' : `plans of the source ${name}`;
    const message = `${source} may not name namespace ${plan.namespace}`;
    const remedy = `write one of ${namespaces.join(', ')}, or ask who runs Sluice to allow it`;
    return { path: ['metadata', 'namespace'], message, remedy };
  };
}

/**
 * The plans of a source. A broken one speaks for no namespace that is not its source's: no event is answered with it, or refused for it.
 * @throws when the directory cannot be read
 */
export async function loadPlanSource(
  found: FoundPlans,
  source: PlanSourceEntry,
  installation: Installation,
): Promise<PlanDir> {
  const { plans, broken } = await found.load(rulesOf(source, installation));
  const own = broken.map((one) =>
    covers(source.namespaces, one.claims.namespace ?? 'default') ? one : { ...one, claims: { images: [] } },
  );
  return { plans, broken: own };
}

/** The source that a file lies in; undefined: none that is named. */
export function sourceOfFile(file: string, { planSources }: Installation): PlanSourceEntry | undefined {
  return planSources.find(({ dir }) => dir !== undefined && resolve(dir) === dirname(resolve(file)));
}

function covers(patterns: readonly string[], namespace: string): boolean {
  return patterns.some((one) => globFits(one, namespace));
}
