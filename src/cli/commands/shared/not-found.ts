import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Settings } from '../../settings.ts';
import type { PlanName } from './plan-name.ts';

/** Runs `work`; that nothing ever ran for the plan becomes an answer with the next command. */
export async function notFound<T>(
  settings: Settings,
  { namespace, plan }: PlanName,
  work: () => Promise<T>,
): Promise<T> {
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new CliError(
      EXIT.notFound,
      `no rollout of ${namespace}/${plan} on cluster ${settings.cluster}`,
      'What there is: sluice list. Another namespace: -n NAME, another cluster: --cluster NAME.',
    );
  }
}
