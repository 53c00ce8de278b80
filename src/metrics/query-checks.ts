/** The queries that plans bring: rendered for one arm and asked. */

import type { Check, QueryCheck } from '../contract/analysis.ts';
import type { QueryValue } from '../judge/window.ts';
import { renderQuery } from '../promql/render-query.ts';
import { type Arm, anyPodPattern, podPattern, type SeriesTarget } from './istio-series.ts';
import type { PrometheusClient, QueryOutcome } from './prometheus.ts';
import { queryValue } from './query-value.ts';

export interface QueryScope {
  arm: Arm;
  /** `pod-template-hash` of the canary's revision; absent: any of its pods. */
  podHash?: string;
  /** The same of the primary's pods. Absent: unknown. */
  primaryHash?: string;
  intervalMs: number;
}

export function queryChecks(checks: readonly Check[]): QueryCheck[] {
  return checks.filter((check) => check.builtin === undefined && !check.web && !check.job) as QueryCheck[];
}

/** Never throws, except for an aborted signal. */
export async function askCheck(
  client: PrometheusClient,
  target: SeriesTarget,
  check: QueryCheck,
  { arm, podHash, primaryHash, intervalMs }: QueryScope,
  signal?: AbortSignal,
): Promise<QueryOutcome> {
  const service = arm === 'canary' ? target.canaryService : target.primaryService;
  const query = renderQuery(check.query, {
    namespace: target.namespace,
    workload: target[arm],
    service: service.name,
    revision: (arm === 'canary' ? podHash : primaryHash) ?? '',
    pods: arm === 'canary' && podHash ? podPattern(target.canary, podHash) : anyPodPattern(target[arm]),
    intervalMs,
    variables: check.variables,
  });
  return client.query(query, { signal });
}

/** What each of the plan's queries gives for one arm, by name of the check. */
export async function askChecks(
  client: PrometheusClient,
  target: SeriesTarget,
  checks: readonly Check[],
  scope: QueryScope,
  signal: AbortSignal,
): Promise<Record<string, QueryValue>> {
  const answers = queryChecks(checks).map(async (check) => {
    return [check.name, queryValue(await askCheck(client, target, check, scope, signal), check.emptyMeans)] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}
