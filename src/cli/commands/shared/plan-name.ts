import { Option } from 'commander';
import type { WhichRollout } from '../../../audit/read.ts';
import { rolloutId, rolloutWorkflowId } from '../../../contract/ids.ts';
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

/** @param which as it was written; absent: the newest */
export function whichRollout({ name }: ObjectName, which: string | undefined): WhichRollout {
  return which && /^\d+$/.test(which) ? { rollout: rolloutId(name, Number(which)) } : { run: which };
}
