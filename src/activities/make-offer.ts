import { activityInfo, Context } from '@temporalio/activity';
import { type Client, WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { rolloutWorkflowId, WORKFLOW_QUEUE } from '../contract/ids.ts';
import { offerUpdate, type RolloutWorkflow, WORKFLOWS } from '../contract/messages.ts';
import { generationOf, type LookAgain } from '../contract/notice.ts';
import { type Offer, type OfferAnswer, offeredWords } from '../contract/offer.ts';
import { unlistedImage } from '../plan/listed-image.ts';
import { handOverBegin } from './hand-over-news.ts';

export interface MakeOfferDeps {
  client: Client;
  /** Longest wait of one attempt for the rollout's answer, ms. Default 45 000; the activity is tried again after it. */
  attemptMs?: number;
  /** Queue of the rollout workflow. Default `sluice`. */
  queue?: string;
}

const BEGUN: readonly OfferAnswer['status'][] = ['started', 'superseding', 'queued'];
const HEARTBEAT_MS = 2_000;
const ATTEMPT_MS = 45_000;
const ASK_AGAIN_MS = 200;
/** The server's failure when a run closes between taking the update and answering it; the next run answers. */
const RUN_CLOSED = 'AcceptedUpdateCompletedWorkflow';

/**
 * Starts the rollout workflow of the offer's plan, or hands the offer to the one that runs. Safe to repeat: the update id is
 * the offer's id, so a run answers it once, and a later run finds the delivery on the primary and answers `duplicate`.
 */
export async function makeOffer(
  { client, attemptMs = ATTEMPT_MS, queue = WORKFLOW_QUEUE }: MakeOfferDeps,
  { cluster, offer }: { cluster: string; offer: Offer },
): Promise<OfferAnswer> {
  const { name: plan, namespace } = offer.plan;
  // before a rollout that runs could give way to it
  const unlisted = offer.kind !== 'repair' && unlistedImage(offer.plan, offer.event);
  if (unlisted) return { plan, namespace, status: 'rejected', reason: unlisted.problem, problems: [unlisted] };
  const context = Context.current();
  const waitsFor = `the answer of ${namespace}/${plan}`;
  const beat = setInterval(() => context.heartbeat(waitsFor), HEARTBEAT_MS);
  try {
    // Without a worker for the rollout the start is durable and the update is not, hence the deadline.
    const answer = await client.withAbortSignal(context.cancellationSignal, () =>
      client.withDeadline(Date.now() + attemptMs, () => answered(() => offerRollout(client, queue, cluster, offer))),
    );
    const object = generationOf(offer.planFile);
    const about = { cluster, namespace, plan, notify: offer.plan.notify, ...(object && { object }) };
    if (BEGUN.includes(answer.status))
      await handOverBegin(client, queue, { ...about, offered: offeredBy(offer, answer) });
    else if (object) await handOverBegin(client, queue, about);
    return answer;
  } catch (error) {
    if (context.cancellationSignal.aborted) throw new CancelledFailure('the offer was cancelled');
    throw retryable(error, activityInfo().attempt);
  } finally {
    clearInterval(beat);
  }
}

/** What it says of people is not proven yet. */
function offeredBy({ id, event }: Offer, { plan, rollout, running, status }: OfferAnswer): LookAgain['offered'] {
  const then = running ? ` while ${running} runs` : '';
  const sentence = `${status}${then}: ${offeredWords(event, 'new configuration')} from ${event.source}`;
  return { delivery: id, rollout: rollout ?? `${plan}-${id}`, sentence };
}

/** A run that gives way has the offer already; the next one answers it. */
async function answered(ask: () => Promise<OfferAnswer>): Promise<OfferAnswer> {
  for (;;) {
    const answer = await ask();
    if (!answer.again) return answer;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

function offerRollout(client: Client, queue: string, cluster: string, offer: Offer): Promise<OfferAnswer> {
  const { namespace, name } = offer.plan;
  const startWorkflowOperation = new WithStartWorkflowOperation<RolloutWorkflow>(WORKFLOWS.rollout, {
    workflowId: rolloutWorkflowId(cluster, namespace, name),
    taskQueue: queue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    args: [{ cluster, offer }],
    staticSummary: `${namespace}/${name} in ${cluster}`,
  });
  return client.workflow.executeUpdateWithStart(offerUpdate, {
    args: [offer],
    updateId: offer.id,
    startWorkflowOperation,
  });
}

/** Only the rollout's own refusal is final; everything else may be mended by another attempt. */
function retryable(error: unknown, attempt: number): unknown {
  if (!(error instanceof WorkflowUpdateFailedError)) return error;
  const { cause } = error;
  const isFinal = cause instanceof ApplicationFailure && cause.nonRetryable && cause.type !== RUN_CLOSED;
  if (isFinal) return ApplicationFailure.nonRetryable(cause.message, 'OfferRefused');
  return ApplicationFailure.retryable(`attempt ${attempt}: ${cause?.message ?? error.message}`, 'OfferUnanswered');
}
