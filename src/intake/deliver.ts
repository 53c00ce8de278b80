/** Hands a delivery to Temporal, where it can neither be lost nor taken twice, and waits a moment for the outcome. */
import { createHash } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import { deliveryWorkflowId, WORKFLOW_QUEUE } from '../contract/ids.ts';
import { answerQuery, type DeliveryWorkflow, WORKFLOWS } from '../contract/messages.ts';
import type { DeliveryAnswer, DeliveryInput, DeployEvent, Offer, OfferAnswer } from '../contract/offer.ts';
import type { Plan } from '../contract/plan.ts';
import { type DeployRequest, requestedImage } from './deploy-event.ts';

export interface Delivery extends DeliveryInput {
  source: string;
  /** The sender's id. */
  id: string;
  /** SHA-256 of what was asked for, see `contentHash`. */
  content: string;
}

export type Delivered =
  /** New; the outcome of every offer is known. */
  | { kind: 'answered'; answer: DeliveryAnswer }
  /** New and durable; some offers are still `pending`. */
  | { kind: 'pending'; answer: DeliveryAnswer }
  /** The same delivery was taken before; every offer is `duplicate`. */
  | { kind: 'duplicate'; answer: DeliveryAnswer }
  /** Another delivery with this id was taken before; nothing was done. */
  | { kind: 'conflict' };

export interface DeliverOptions {
  /** Longest wait for the outcome, ms. Default 2000. */
  waitMs?: number;
  /** Queue of the workflow. Default `sluice`. */
  queue?: string;
}

interface DeliveryMemo extends Record<string, unknown> {
  content: string;
  plans: Taken[];
}

type Taken = Pick<OfferAnswer, 'plan' | 'namespace' | 'rollout'>;

const START_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 300;

export interface NewDelivery {
  cluster: string;
  source: string;
  /** The sender's delivery id. */
  id: string;
  request: DeployRequest;
  plans: readonly Plan[];
  receivedAt: Date;
}

/** One offer per plan, all with the delivery's id. */
export function newDelivery({ cluster, source, id, request, plans, receivedAt }: NewDelivery): Delivery {
  const { by, reason, builtAt, version } = request;
  const event: DeployEvent = {
    source,
    deliveryId: id,
    receivedAt: receivedAt.toISOString(),
    image: requestedImage(request),
    by,
    reason,
    ...(builtAt && { builtAt }),
    ...(version && { version }),
  };
  const offers: Offer[] = plans.map((plan) => ({ id: `${source}/${id}`, event, plan }));
  return { cluster, source, id, content: contentHash(request), offers };
}

/** SHA-256, hex, of what a sender asks for; the same for a body that is spelled differently but says the same. */
export function contentHash(request: DeployRequest): string {
  const { plan, by, reason, builtAt, version } = request;
  // What is said of the build came later: without it the hash is the one that earlier versions stored.
  const build = builtAt || version ? [builtAt, version] : [];
  const fields = [requestedImage(request), plan, by, reason, ...build].map((field) => field ?? null);
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
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return client.withDeadline(Date.now() + START_TIMEOUT_MS, () => takenBefore(client, delivery));
  }
}

function start(client: Client, delivery: Delivery, queue = WORKFLOW_QUEUE): Promise<WorkflowHandle<DeliveryWorkflow>> {
  const { source, id, cluster, content, offers } = delivery;
  const plans = offers.map(({ plan }) => ({ plan: plan.name, namespace: plan.namespace }));
  const memo: DeliveryMemo = { content, plans };
  const input: DeliveryInput = { cluster, offers };
  return client.workflow.start<DeliveryWorkflow>(WORKFLOWS.delivery, {
    workflowId: deliveryWorkflowId(source, id),
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    taskQueue: queue,
    args: [input],
    memo,
    staticSummary: summary(offers),
  });
}

function summary(offers: readonly Offer[]): string {
  const event = offers[0]?.event;
  const what = event?.image ?? 'changed configuration';
  const whose = offers.map(({ plan }) => `${plan.namespace}/${plan.name}`).join(', ');
  return `${what} for ${whose}${event?.by ? `, from ${event.by}` : ''}`.slice(0, 200);
}

async function outcome(
  client: Client,
  handle: WorkflowHandle<DeliveryWorkflow>,
  delivery: Delivery,
  deadline: number,
): Promise<Delivered> {
  try {
    const answer: DeliveryAnswer = await client.withDeadline(deadline, () => handle.result());
    return { kind: 'answered', answer };
  } catch {
    // The start is durable: neither a slow nor a lost connection may turn it into an error.
    return { kind: 'pending', answer: await soFar(client, handle, delivery) };
  }
}

/** What is known of a delivery that is under way; a single offer has nothing between nothing and all. */
async function soFar(
  client: Client,
  handle: WorkflowHandle<DeliveryWorkflow>,
  delivery: Delivery,
): Promise<DeliveryAnswer> {
  const pending = answerAll(delivery, 'pending');
  if (delivery.offers.length < 2) return pending;
  try {
    return await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => handle.query(answerQuery));
  } catch {
    return pending;
  }
}

async function takenBefore(client: Client, delivery: Delivery): Promise<Delivered> {
  const handle = client.workflow.getHandle<DeliveryWorkflow>(deliveryWorkflowId(delivery.source, delivery.id));
  const description = await handle.describe();
  const memo = description.memo as DeliveryMemo | undefined;
  if (memo?.content !== delivery.content) return { kind: 'conflict' };
  const finished = description.status.name === 'COMPLETED';
  const first: Taken[] = finished ? (await handle.result()).offers : memo.plans;
  const offers = first.map(({ plan, namespace, rollout }): OfferAnswer => {
    return { plan, namespace, status: 'duplicate', ...(rollout && { rollout }) };
  });
  return { kind: 'duplicate', answer: { delivery: delivery.id, offers } };
}

function answerAll({ id, offers }: Delivery, status: 'pending'): DeliveryAnswer {
  return { delivery: id, offers: offers.map(({ plan }) => ({ plan: plan.name, namespace: plan.namespace, status })) };
}
