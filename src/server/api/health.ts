/** `/installation/health`: what a page needs to know to say that nobody works. */
import { WORKFLOW_QUEUE } from '../../contract/ids.ts';
import { queuesOf } from '../../telemetry/standing.ts';
import { reason, within } from '../../temporal/calls.ts';
import { packageVersion } from '../../worker/maker.ts';
import type { OfferDeps } from './offers.ts';
import type { Health } from './schema/health.ts';

const LOOK_MS = 3_000;

export async function readHealth({
  temporal,
  installation,
  plans,
  cluster,
}: OfferDeps & { cluster: string }): Promise<Health> {
  const [queues, read, file] = await Promise.all([
    within(temporal, () => queuesOf(temporal, [cluster]), LOOK_MS).catch((error) => reason(error)),
    plans.current().catch((error: Error) => error.message),
    installation.current(),
  ]);
  const isAway = typeof queues === 'string';
  return {
    at: new Date().toISOString(),
    server: { version: packageVersion(), cluster, vouches: file.key !== undefined },
    temporal: { answers: !isAway, ...(isAway && { trouble: queues }) },
    ...queuesAsShown(isAway ? [] : queues),
    plans:
      typeof read === 'string'
        ? { read: 0, broken: 0, trouble: read }
        : { read: read.plans.length, broken: read.broken.length },
  };
}

function queuesAsShown(found: Awaited<ReturnType<typeof queuesOf>>): Pick<Health, 'queues' | 'unpolled'> {
  const queues = found.map(({ queue: { cluster, task_queue, type }, pollers, backlog, oldestS }) => {
    const what = { queue: task_queue, type: type as 'workflow' | 'activity', ...(cluster && { cluster }) };
    return { ...what, workers: pollers, backlog, oldestS };
  });
  const empty = queues.filter(({ workers }) => workers === 0);
  // whoever works on workflows does the activities beside them as well
  const counted = empty.filter(({ queue, type }) => queue !== WORKFLOW_QUEUE || type === 'workflow');
  return { queues, unpolled: counted.map(({ queue }) => queue) };
}
