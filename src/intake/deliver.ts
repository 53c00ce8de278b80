/**
 * Hands a delivery to Temporal, where it can neither be lost nor taken twice, and waits a moment for the outcome. Each of its plans has
 * a start of its own, so that none is in another's way.
 */
import { createHash } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import { deliveryWorkflowId, WORKFLOW_QUEUE } from '../contract/ids.ts';
import { type DeliveryWorkflow, WORKFLOWS } from '../contract/messages.ts';
import { type DeployEvent, type Offer, type OfferAnswer, offeredWords } from '../contract/offer.ts';
import type { EventOrigin, Plan } from '../contract/plan.ts';
import { isTooLarge } from '../temporal/calls.ts';
import { type DeployRequest, requestedImage } from './deploy-event.ts';

export interface Delivery {
  cluster: string;
  offer: Offer;
  /** SHA-256 of what was asked for, see `contentHash`. */
  content: string;
}

export interface Delivered {
  kind: /** New; the outcome is known. */
    | 'answered'
    /** New and durable; the outcome is `pending`. */
    | 'pending'
    /** The same delivery was taken before for this plan. */
    | 'duplicate'
    /** Another content was taken before under this id; nothing was done. */
    | 'conflict'
    /** Temporal will never take it; nothing was done. */
    | 'refused';
  offer: OfferAnswer;
}

export interface DeliverOptions {
  /** Longest wait for the outcome, ms. Default 2000. */
  waitMs?: number;
  /** Queue of the workflow. Default `sluice`. */
  queue?: string;
}

const START_TIMEOUT_MS = 5_000;

export interface NewDelivery {
  cluster: string;
  /** Name of the sender. */
  source: string;
  /** The sender's delivery id. */
  id: string;
  request: DeployRequest;
  plan: Plan;
  /** Absent: it is from no source. */
  planFile?: string;
  /** Person whom a server has proven. Absent: the sender asks. */
  actor?: Offer['actor'];
  /** What a token proved. */
  from?: EventOrigin;
  receivedAt: Date;
}

export function newDelivery(asked: NewDelivery): Delivery {
  const { cluster, source, id, request, plan, planFile, actor, from, receivedAt } = asked;
  const { by, reason, builtAt, version } = request;
  const event: DeployEvent = {
    source,
    deliveryId: id,
    receivedAt: receivedAt.toISOString(),
    image: requestedImage(request),
    ...(from && { from }),
    by,
    reason,
    ...(builtAt && { builtAt }),
    ...(version && { version }),
  };
  return {
    cluster,
    offer: { id: `${source}/${id}`, event, plan, ...(planFile && { planFile }), ...(actor && { actor }) },
    content: contentHash(request),
  };
}

/** SHA-256, hex, of what a sender asks for; the same for a body that is spelled differently but says the same. */
export function contentHash(request: DeployRequest): string {
  const { plan, by, reason, builtAt, version } = request;
  const fields = [requestedImage(request), plan, by, reason, builtAt, version].map((field) => field ?? null);
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}

/**
 * Starts the delivery's workflow; from then on the event is safe, whatever happens here.
 * @throws ServiceError and the like when Temporal cannot be reached: nothing was taken, the sender may try again
 */
export async function deliver(client: Client, delivery: Delivery, options: DeliverOptions = {}): Promise<Delivered> {
  const deadline = Date.now() + (options.waitMs ?? 2_000);
  try {
    const handle = await client.withDeadline(Date.now() + START_TIMEOUT_MS, () =>
      start(client, delivery, options.queue),
    );
    return await outcome(client, handle, delivery, deadline);
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError)
      return client.withDeadline(Date.now() + START_TIMEOUT_MS, () => takenBefore(client, delivery));
    if (!isTooLarge(error)) throw error;
    return { kind: 'refused', offer: rejected(delivery, 'the plan is larger than Temporal takes') };
  }
}

function start(
  client: Client,
  { cluster, offer, content }: Delivery,
  queue = WORKFLOW_QUEUE,
): Promise<WorkflowHandle<DeliveryWorkflow>> {
  const { event, plan } = offer;
  const what = `${offeredWords(event, 'changed configuration')} for ${plan.namespace}/${plan.name}`;
  return client.workflow.start<DeliveryWorkflow>(WORKFLOWS.delivery, {
    workflowId: deliveryWorkflowId(offer.id, plan),
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    taskQueue: queue,
    args: [{ cluster, offer }],
    memo: { content },
    staticSummary: `${what}${event.by ? `, from ${event.by}` : ''}`.slice(0, 200),
  });
}

async function outcome(
  client: Client,
  handle: WorkflowHandle<DeliveryWorkflow>,
  delivery: Delivery,
  deadline: number,
): Promise<Delivered> {
  try {
    return { kind: 'answered', offer: await client.withDeadline(deadline, () => handle.result()) };
  } catch {
    // The start is durable: neither a slow nor a lost connection may turn it into an error.
    return { kind: 'pending', offer: { ...planOf(delivery), status: 'pending' } };
  }
}

async function takenBefore(client: Client, delivery: Delivery): Promise<Delivered> {
  const handle = client.workflow.getHandle<DeliveryWorkflow>(
    deliveryWorkflowId(delivery.offer.id, delivery.offer.plan),
  );
  const { memo, status } = await handle.describe();
  if (memo?.content !== delivery.content)
    return { kind: 'conflict', offer: rejected(delivery, 'this delivery id was taken before with another content') };
  const { rollout } = status.name === 'COMPLETED' ? await handle.result() : {};
  return { kind: 'duplicate', offer: { ...planOf(delivery), status: 'duplicate', ...(rollout && { rollout }) } };
}

function rejected(delivery: Delivery, reason: string): OfferAnswer {
  return { ...planOf(delivery), status: 'rejected', reason };
}

function planOf({ offer }: Delivery): { plan: string; namespace: string } {
  return { plan: offer.plan.name, namespace: offer.plan.namespace };
}
