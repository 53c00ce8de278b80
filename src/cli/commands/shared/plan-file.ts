import type { Plan } from '../../../contract/plan.ts';
import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';

/** @throws CliError 2 with every problem of the plan, 5 when there is no such file */
export async function readPlan(file: string): Promise<Plan> {
  const { formatProblems, loadPlanFile } = await import('../../../plan/index.ts');
  const result = await loadPlanFile(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error);
  });
  if ('plan' in result) return result.plan;
  throw new CliError(EXIT.usage, formatProblems(result.problems));
}

export function unreadable(file: string, error: NodeJS.ErrnoException): CliError {
  if (error.code === 'ENOENT') return new CliError(EXIT.notFound, `there is no plan file ${file}`);
  return new CliError(EXIT.usage, `cannot read ${file}: ${error.code ?? error.message}`);
}
