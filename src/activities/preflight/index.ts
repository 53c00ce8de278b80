/** Everything that is found out before the first write: by step 1 of a rollout, and by `sluice doctor`, which shows it. */

import { describeIntent } from '../../contract/intent.ts';
import type { Offer, Problem } from '../../contract/offer.ts';
import type { Examined, Section } from '../../contract/preflight.ts';
import { plural } from '../../contract/words.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { replicasOf } from '../../kubernetes/objects/deployments.ts';
import { listPods } from '../../kubernetes/objects/pods.ts';
import { type PlanWorkloads, workloadProblems } from '../../kubernetes/objects/preflight.ts';
import type { RolloutSnapshot } from '../../kubernetes/writes/snapshot.ts';
import { inspectData } from '../../metrics/preflight/index.ts';
import type { OpenMetrics } from '../../metrics/prometheus.ts';
import type { Inspection } from '../../routers/index.ts';
import { seriesTargetOf } from '../support/series-target.ts';
import { ownerFindings } from './owners.ts';
import { shareFindings } from './shares.ts';
import { rehearseWrites } from './writes.ts';

/** What was read of cluster and routes, and what the rollout would begin with. */
interface Survey {
  workloads: PlanWorkloads;
  routes: Inspection;
  /** What forbids a rollout in configuration, pods and load, besides selectors and sizes. */
  workload: Problem[];
  snapshot: RolloutSnapshot;
}

export interface PreflightDeps {
  client: KubeClient;
  prometheus: OpenMetrics;
  /** How long a metric source that is away is asked again, ms. Default two minutes. */
  patienceMs?: number;
}

const PATIENCE_MS = 2 * 60_000;

/**
 * Writes are only tried when nothing else forbids the rollout.
 * @throws ClusterError, SourceAway: nothing is known then
 */
export async function preflight(
  { client, prometheus, patienceMs = PATIENCE_MS }: PreflightDeps,
  { workloads, routes, workload, snapshot }: Survey,
  offer: Pick<Offer, 'id' | 'plan'>,
): Promise<Section[]> {
  const { plan } = offer;
  const { primary } = workloads.pair;
  const pods = (await listPods(client, primary)).map(({ metadata }) => metadata.name);
  const { signal } = client;
  const question = { plan, target: seriesTargetOf(plan), pods, patienceMs, signal };
  const owners = ownerFindings(plan, workloads, routes.routes ?? []);
  const shares = shareFindings(plan, workloads);
  const cluster = [...workloadProblems(plan, workloads), ...workload, ...shares.problems];
  const forbidden = [cluster, routes.problems, owners.problems].some((found) => found.length > 0);
  const [data, writes] = await Promise.all([
    inspectData(prometheus(plan.analysis), question),
    forbidden ? NOT_TRIED : rehearseWrites(client, snapshot, primary, offer.id),
  ]);
  return [
    {
      subject: 'cluster',
      problems: cluster,
      warnings: [...snapshot.warnings, ...shares.warnings],
      facts: [...workloadFacts(workloads), ...shares.facts],
    },
    {
      subject: 'routes',
      problems: routes.problems,
      warnings: routes.warnings,
      facts: routes.intent ? [`the users are at: ${describeIntent(routes.intent)}`] : [],
    },
    { subject: 'writes', ...writes },
    { subject: 'owners', ...owners, facts: [] },
    { subject: 'metrics', ...data.metrics },
    { subject: 'can it be judged', ...data.judged },
  ];
}

const NOT_TRIED: Examined = { problems: [], warnings: ['not tried, as something else forbids the rollout'], facts: [] };

function workloadFacts({ pair: { primary } }: PlanWorkloads): string[] {
  const images = primary.spec.template.spec.containers.map(({ image }) => image).join(', ');
  const ready = `${primary.status?.readyReplicas ?? 0} of ${plural(replicasOf(primary), 'pod')} ready`;
  return [`Deployment ${primary.metadata.namespace}/${primary.metadata.name} runs ${images}, ${ready}`];
}
