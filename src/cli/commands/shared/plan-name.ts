import { rolloutWorkflowId } from '../../../contract/ids.ts';
import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { readPlan } from './plan-file.ts';

/** The plan a command is about. */
export interface PlanName {
  namespace: string;
  plan: string;
}

/** A DNS label or subdomain, as Kubernetes names are (RFC 1123). */
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const FILE = /\.ya?ml$/i;

/**
 * `name`, `namespace/name` or a plan file. A bare name is looked for in `namespace`, by default "default".
 * @throws CliError 2 for anything else
 */
export async function planName(text: string, namespace?: string): Promise<PlanName> {
  if (FILE.test(text)) {
    const { name, namespace: inFile } = await readPlan(text);
    return { namespace: inFile, plan: name };
  }
  const parts = text.split('/');
  const [first = '', second] = parts;
  const name = second ?? first;
  const where = second === undefined ? (namespace ?? 'default') : first;
  if (parts.length > 2 || !NAME.test(name) || !NAME.test(where)) {
    throw new CliError(
      EXIT.usage,
      `"${text}" names no plan`,
      'Write NAME, NAMESPACE/NAME or the path of a plan file ending in .yaml.',
    );
  }
  if (second !== undefined && namespace !== undefined && namespace !== first) {
    throw new CliError(EXIT.usage, `"${text}" names the namespace ${first}, --namespace says ${namespace}`);
  }
  return { namespace: where, plan: name };
}

export function workflowIdOf(cluster: string, { namespace, plan }: PlanName): string {
  return rolloutWorkflowId(cluster, namespace, plan);
}
