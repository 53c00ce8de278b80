import { seriesTargetOf } from '../../activities/support/series-target.ts';
import type { Plan } from '../../contract/plan.ts';
import { familiesQuery, seriesToWrite } from '../../metrics/preflight/families.ts';
import { SourceAway } from '../../metrics/preflight/index.ts';
import type { PrometheusClient } from '../../metrics/prometheus.ts';

/**
 * The `analysis.series` that the metric source has for the plan's primary, as the doctor would say it.
 * @returns undefined when nothing that is known is there  @throws SourceAway when it does not answer
 */
export async function readySeries(
  client: PrometheusClient,
  plan: Plan,
  signal: AbortSignal,
): Promise<Record<string, unknown> | undefined> {
  const target = seriesTargetOf(plan);
  const answer = await client.query(familiesQuery(target), { signal });
  if (!answer.ok) throw new SourceAway(answer.error.message);
  return seriesToWrite(answer.samples, target);
}
