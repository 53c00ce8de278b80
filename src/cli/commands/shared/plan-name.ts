import { Option } from 'commander';
import { rolloutWorkflowId } from '../../../contract/ids.ts';
import { type ObjectName, objectName } from './object-name.ts';
import { readPlan } from './plan-file.ts';

const FILE = /\.ya?ml$/i;

/**
 * The plan a command is about: `name`, `namespace/name` or a plan file.
 * @throws CliError 2 for anything else
 */
export async function planName(text: string, namespace?: string): Promise<ObjectName> {
  if (FILE.test(text)) return readPlan(text);
  return objectName(text, namespace, 'plan', 'Write NAME, NAMESPACE/NAME or the path of a plan file ending in .yaml.');
}

export function rolloutIdOf(cluster: string, { namespace, name }: ObjectName): string {
  return rolloutWorkflowId(cluster, namespace, name);
}

export function rolloutOption(): Option {
  return new Option(
    '--rollout <which>',
    'an earlier one: its number, 7 of reviews-7, or the Temporal run id of its end',
  );
}
