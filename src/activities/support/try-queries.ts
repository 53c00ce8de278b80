import type { Problem } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';
import { askCheck, type PrometheusClient, queryChecks, queryFault } from '../../metrics/index.ts';
import { seriesTargetOf } from './series-target.ts';

/**
 * Asks the plan's own queries once before anything is written. A query that Prometheus refuses, or that can never give one number,
 * is a problem; no data yet, or no Prometheus at the moment, is none.
 */
export async function tryQueries(prometheus: (baseUrl: string) => PrometheusClient, plan: Plan): Promise<Problem[]> {
  const client = prometheus(plan.analysis.prometheus);
  const target = seriesTargetOf(plan);
  const scope = { arm: 'primary' as const, intervalMs: plan.shift.everyMs };
  const tried = queryChecks(plan.analysis.checks).map(async (check): Promise<Problem[]> => {
    const fault = queryFault(await askCheck(client, target, check, scope));
    return fault ? [{ where: `check ${check.name}`, ...fault }] : [];
  });
  return (await Promise.all(tried)).flat();
}
