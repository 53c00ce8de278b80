import type { Problem } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';
import {
  askCheck,
  NO_METRICS,
  type OpenMetrics,
  type PrometheusClient,
  queryChecks,
  queryFault,
} from '../../metrics/index.ts';
import { selector } from '../../promql/index.ts';
import { seriesTargetOf } from './series-target.ts';

/**
 * Asks the plan's own queries once before anything is written, and one with the matchers of its series. A query that Prometheus refuses,
 * or that can never give one number, is a problem, and so is a metric source that does not exist; no data yet, or no Prometheus at the
 * moment, is none.
 */
export async function tryQueries(prometheus: OpenMetrics, plan: Plan): Promise<Problem[]> {
  const client = prometheus(plan.analysis);
  const target = seriesTargetOf(plan);
  const unusable = client === NO_METRICS ? [] : await trySeries(client, plan);
  if (unusable.length > 0) return unusable;
  const scope = { arm: 'primary' as const, intervalMs: plan.shift.everyMs };
  const tried = queryChecks(plan.analysis.checks).map(async (check): Promise<Problem[]> => {
    const fault = queryFault(await askCheck(client, target, check, scope));
    return fault ? [{ where: `check ${check.name}`, ...fault }] : [];
  });
  return (await Promise.all(tried)).flat();
}

/** Whether the source is one, and takes the plan's matchers. */
async function trySeries(client: PrometheusClient, { analysis: { series } }: Plan): Promise<Problem[]> {
  const matched = series?.kind === 'app' ? selector(series.requests, series.matchers ?? {}) : 'up';
  const outcome = await client.query(`absent(${matched})`);
  if (outcome.ok || !['source', 'badQuery'].includes(outcome.error.kind)) return [];
  const { kind, message, detail } = outcome.error;
  const problem = detail ? `${message}: ${detail}` : message;
  const own = kind === 'badQuery' && series?.kind === 'app';
  const where = own ? 'analysis.series.matchers' : 'analysis.source';
  const remedy = own ? 'correct the pattern: Prometheus knows those of RE2' : 'ask who runs Sluice for a metric source';
  return [{ where, problem, remedy }];
}
