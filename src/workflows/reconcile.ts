/** Finds what rollouts without a workflow left behind. It writes nothing: a repair is a rollout of its target, which decides. */
import { ActivityFailure, isCancellation, proxyActivities, rootCause, workflowInfo } from '@temporalio/workflow';
import type { ControlActivities } from '../contract/activities.ts';
import { clusterQueue } from '../contract/ids.ts';
import type { Offer, OfferAnswer } from '../contract/offer.ts';
import type {
  AuditActivities,
  AuditExport,
  Leftover,
  Leftovers,
  ReconcileClusterActivities,
  ReconcileControlActivities,
  ReconcileInput,
  ReconcileReport,
  RolloutWithoutWorkflow,
  UnservedCluster,
} from '../contract/reconcile.ts';
import { CONTROL_MS, READ_MS, SILENCE_MS, UNSERVED_MS } from '../contract/time-limits.ts';
import { unservedSentence } from '../contract/words.ts';
import { isUnserved } from './served.ts';

/** Tries of each call; a schedule looks again soon. */
const RETRY = { initialInterval: '1s', maximumInterval: '10s', maximumAttempts: 5 };

export async function reconcile({ cluster, namespaces, repair, statement }: ReconcileInput): Promise<ReconcileReport> {
  const unserved = await control('look for clusters without a worker').unservedClusters();
  const where = namespaces ?? (await control('ask Temporal where rollouts have been').rolloutNamespaces({ cluster }));
  const seen = await lookIfServed(cluster, where, unserved);
  const lost = await withoutWorkflow(cluster, seen);
  const found: RolloutWithoutWorkflow[] = [];
  for (const left of lost) {
    const { plan, rollout, sentences } = left;
    const answer = repair ? await offerRepair(cluster, seen.clusterUid, left, statement) : undefined;
    found.push({ plan: plan.name, namespace: plan.namespace, rollout, sentences, ...(answer && { repair: answer }) });
  }
  const { files, problem } = await exportAudits(cluster);
  const exported = (files > 0 || problem) && { exported: { files, ...(problem && { problem }) } };
  return { cluster, namespaces: where, found, problems: seen.problems, unserved, ...exported };
}

/** Last, and whatever becomes of it: what was found is told. */
async function exportAudits(cluster: string): Promise<AuditExport> {
  try {
    return await control('export audits of rollouts that are over').exportAudits({ cluster });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return { files: 0, problem: rootCause(error) ?? error.message };
  }
}

function control(summary: string) {
  return proxyActivities<ReconcileControlActivities & AuditActivities & Pick<ControlActivities, 'makeOffer'>>({
    summary,
    startToCloseTimeout: CONTROL_MS,
    retry: RETRY,
  });
}

function look(cluster: string, namespaces: string[], clusterUid?: string) {
  const { findLeftovers } = proxyActivities<ReconcileClusterActivities>({
    taskQueue: clusterQueue(cluster),
    summary: `look for what is not at rest in ${namespaces.join(', ') || 'no namespace'}`.slice(0, 200),
    scheduleToStartTimeout: UNSERVED_MS,
    startToCloseTimeout: READ_MS,
    heartbeatTimeout: SILENCE_MS,
    retry: RETRY,
  });
  return findLeftovers({ namespaces, ...(clusterUid && { clusterUid }) });
}

/** Without a worker nobody can look, which hides nothing of what Temporal knows. */
async function lookIfServed(cluster: string, namespaces: string[], unserved: UnservedCluster[]) {
  const nobody = { clusterUid: '', leftovers: [], problems: [unservedSentence(cluster, clusterQueue(cluster))] };
  if (unserved.some((one) => one.cluster === cluster && one.queues.includes(clusterQueue(cluster)))) return nobody;
  try {
    return await look(cluster, namespaces);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || !isUnserved(error)) throw error;
    return nobody;
  }
}

/** A rollout may end, or another begin, between the two questions: only what is still the same afterwards is lost. */
async function withoutWorkflow(cluster: string, { leftovers, clusterUid }: Leftovers): Promise<Leftover[]> {
  if (leftovers.length === 0) return [];
  const targets = leftovers.map(({ plan }) => ({ namespace: plan.namespace, plan: plan.name }));
  const alone = await control('ask which of them a workflow looks after').withoutWorkflow({ cluster, targets });
  const lost = leftovers.filter(({ plan }) =>
    alone.some((one) => one.namespace === plan.namespace && one.plan === plan.name),
  );
  if (lost.length === 0) return [];
  const again = await look(cluster, [...new Set(lost.map(({ plan }) => plan.namespace))], clusterUid);
  return lost.filter((one) => again.leftovers.some((now) => isSame(now, one)));
}

function isSame(a: Leftover, b: Leftover): boolean {
  return a.plan.namespace === b.plan.namespace && a.plan.name === b.plan.name && a.epoch === b.epoch;
}

/** The id is that of the state found and of who asks: however often it is offered, one repair comes of it, and a refused one stops no other. */
async function offerRepair(
  cluster: string,
  clusterUid: string,
  { plan, epoch, rollout }: Leftover,
  statement?: string,
): Promise<OfferAnswer> {
  const deliveryId = [plan.namespace, plan.name, epoch, ...(statement ? [statement.slice(-8)] : [])].join('-');
  const offer: Offer = {
    id: `reconcile/${deliveryId}`,
    kind: 'repair',
    clusterUid,
    plan,
    ...(statement && { statement }),
    event: {
      source: 'reconcile',
      deliveryId,
      receivedAt: workflowInfo().startTime.toISOString(),
      by: 'reconcile',
      reason: `${rollout} has no workflow`,
    },
  };
  try {
    return await control(`offer to repair what ${rollout} left behind`).makeOffer({ cluster, offer });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return { plan: plan.name, namespace: plan.namespace, status: 'rejected', reason: rootCause(error) };
  }
}
