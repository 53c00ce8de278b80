/** `POST /hooks/deploy/SENDER`: a deploy event of a proven sender becomes a delivery to each of its plans. */
import type { Client } from '@temporalio/client';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from 'pino';
import { vouchForOffer } from '../authority/index.ts';
import type { OfferAnswer } from '../contract/offer.ts';
import type { InstallationFile, PlanSource } from '../installation/index.ts';
import {
  asDeliveryId,
  type Delivered,
  type Delivery,
  type DeployRequest,
  deliver,
  type HeaderProof,
  newDelivery,
  readEvent,
  readingsOf,
  requestedImage,
  WRONG,
} from '../intake/index.ts';
import type { AppEnv } from './env.ts';
import { brokenAnswers, findPlans, type MatchedPlans } from './find-plans.ts';
import { HttpError, tooLarge } from './http-error.ts';
import { serverKey } from './perform.ts';
import { type ProvenSender, proveSender, refusedBy, type Senders } from './prove-sender.ts';

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_IN_FLIGHT = 100;

export interface DeployHookOptions {
  plans: PlanSource;
  installation: InstallationFile;
  /** As the installation has them now. */
  senders(): Promise<Senders>;
  temporal: Client;
  /** Name of the cluster whose workers take the rollouts. */
  cluster: string;
  log: Logger;
  /** Unix time, ms. Default: the machine's clock. */
  clock?: () => number;
  /** Longest wait for the outcome of a delivery, ms. Default 2000. */
  waitMs?: number;
}

export function deployHook(options: DeployHookOptions): (c: Context<AppEnv>) => Promise<Response> {
  const { clock = Date.now, log } = options;
  let inFlight = 0;
  return async (c) => {
    // who is refused here is not listened to any further
    c.header('connection', 'close');
    const proven = await proveSender(c, await options.senders(), log, clock());
    const body = await readBody(c);
    c.header('connection', undefined);
    if (!proven.proof.fits(body)) throw refusedBy(WRONG);
    c.var.notes.sender = proven.sender.name;
    c.var.admit(proven.sender.name);
    if (inFlight >= MAX_IN_FLIGHT) throw busy();
    inFlight += 1;
    try {
      return await take(c, proven, body, options);
    } finally {
      inFlight -= 1;
    }
  };
}

const limited = bodyLimit({ maxSize: MAX_BODY_BYTES, onError: () => tooLarge('1 MiB') });

async function readBody(c: Context<AppEnv>): Promise<Uint8Array> {
  await limited(c, async () => {});
  return new Uint8Array(await c.req.arrayBuffer());
}

async function take(
  c: Context<AppEnv>,
  { sender, proof }: ProvenSender,
  body: Uint8Array,
  options: DeployHookOptions,
): Promise<Response> {
  const header = (name: string) => c.req.header(name);
  const read = readEvent(readingsOf(sender), { body, header, headersProven: proof.coversHeaders });
  if ('problems' in read) {
    const remedy = 'correct the fields that are listed';
    throw new HttpError(422, { code: 'event-invalid', message: 'the deploy event is not valid', remedy, ...read });
  }
  const id = ('id' in read && read.id) || asDeliveryId(proof.id ?? body);
  c.var.notes.delivery = id;
  if ('nothing' in read) return c.json({ delivery: id, offers: [], nothing: read.nothing });
  const plans = await options.plans.current();
  const asker = { source: sender.name, scope: sender.plans, from: proof.from };
  const found = read.requests.map((request, index) => {
    const match = attempt(() => findPlans(request, plans, asker));
    // what further images of one event start has ids of its own
    return { request: withProof(request, proof), match, id: index === 0 ? id : `${id}.${index + 1}` };
  });
  const { cluster, clock = Date.now } = options;
  const receivedAt = new Date(clock());
  const deliveries = found.flatMap(({ request, match, id }) =>
    match instanceof HttpError
      ? []
      : match.usable.map(({ plan, file: planFile }) =>
          newDelivery({ cluster, ...asker, id, request, plan, planFile, receivedAt }),
        ),
  );
  const [refusal] = found.map(({ match }) => match).filter((match) => match instanceof HttpError);
  if (deliveries.length === 0 && refusal) throw refusal;
  const delivered = await handOver(deliveries, options);
  return answer(c, id, delivered, found);
}

function attempt(find: () => MatchedPlans): MatchedPlans | HttpError {
  try {
    return find();
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
}

/** What a token proves goes before what the body says. */
function withProof(request: DeployRequest, { by, reason }: HeaderProof): DeployRequest {
  const reasons = [request.reason, reason].filter((text) => text !== undefined);
  return { ...request, by: by ?? request.by, reason: reasons.join('; ').slice(0, 1000) || undefined };
}

/** All of them, whatever becomes of one. @throws HttpError 503: the same event again makes what is missing */
async function handOver(deliveries: readonly Delivery[], options: DeployHookOptions): Promise<Delivered[]> {
  const { temporal, waitMs, log } = options;
  const key = await serverKey(await options.installation.current());
  const handed = deliveries.map(async (delivery) => {
    const offer = await vouchForOffer(delivery.offer, delivery.cluster, key);
    return deliver(temporal, { ...delivery, offer }, { waitMs });
  });
  const results = await Promise.allSettled(handed);
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  log.warn({ err: failed.reason }, 'a delivery could not be handed over');
  const remedy = 'send it again as it is';
  const message = 'Temporal did not take the event';
  throw new HttpError(503, { code: 'temporal-unreachable', message, remedy, retryAfter: 5 });
}

type Found = { request: DeployRequest; match: MatchedPlans | HttpError };

function answer(c: Context<AppEnv>, delivery: string, delivered: Delivered[], found: readonly Found[]): Response {
  const all = (kind: Delivered['kind']) => delivered.every((one) => one.kind === kind);
  if (all('conflict')) {
    const message = 'this delivery id was taken before with another content';
    throw new HttpError(409, { code: 'delivery-conflict', message, remedy: 'send a new event with a new id' });
  }
  if (all('refused')) {
    const message = 'Temporal does not take a plan of this size';
    throw new HttpError(422, { code: 'plan-too-large', message, remedy: 'make the plan smaller' });
  }
  const offers = delivered.map(({ offer }) => offer);
  c.var.notes.offers = offers.map(({ namespace, plan, status }) => `${namespace}/${plan}: ${status}`);
  const broken = found.flatMap(({ match }) => (match instanceof HttpError ? [] : brokenAnswers(match)));
  const refused = found.flatMap(({ request, match }) =>
    match instanceof HttpError ? [{ image: requestedImage(request), ...match.details }] : [],
  );
  const body = { delivery, offers: [...offers, ...broken], ...(refused.length > 0 && { refused }) };
  return c.json(body, statusOf(delivered));
}

function statusOf(delivered: readonly Delivered[]): 200 | 201 | 202 {
  if (delivered.some(({ kind }) => kind === 'pending')) return 202;
  return delivered.some(({ kind, offer }) => kind === 'answered' && begins(offer)) ? 201 : 200;
}

function begins({ status }: OfferAnswer): boolean {
  return status === 'started' || status === 'superseding' || status === 'queued';
}

function busy(): HttpError {
  const message = `${MAX_IN_FLIGHT} events are being taken at this moment`;
  return new HttpError(429, { code: 'busy', message, remedy: 'send it again as it is', retryAfter: 1 });
}
