import type { Plan } from '../../../contract/plan.ts';
import { CliError, unreadable } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';

/** @throws CliError 2 with every problem of the plan, 5 when there is no such file */
export async function readPlan(file: string): Promise<Plan> {
  const { formatProblems, loadPlanFile } = await import('../../../plan/index.ts');
  const result = await loadPlanFile(file).catch((error) => Promise.reject(unreadable(file, error)));
  if ('plan' in result) return result.plan;
  throw new CliError(EXIT.usage, formatProblems(result.problems));
}
