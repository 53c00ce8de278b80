import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';

/**
 * Namespaces named one by one, and those of a directory of plans.
 * @returns undefined when neither is given
 * @throws CliError 2 when the directory cannot be read or has no usable plan
 */
export async function planNamespaces({
  namespace = [],
  plans: dir,
}: {
  namespace?: string[];
  plans?: string;
}): Promise<string[] | undefined> {
  if (dir === undefined) return namespace.length > 0 ? [...new Set(namespace)].sort() : undefined;
  const { loadPlanDir } = await import('../../../plan/index.ts');
  const { plans } = await loadPlanDir(dir).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(EXIT.usage, `cannot read the plans in ${dir}: ${error.code ?? error.message}`);
  });
  if (plans.length === 0)
    throw new CliError(EXIT.usage, `there is no usable plan in ${dir}`, 'Check them with: sluice plan check FILE');
  return [...new Set([...namespace, ...plans.map(({ plan }) => plan.namespace)])].sort();
}
