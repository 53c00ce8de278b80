/** `POST /hooks/deploy`: a signed deploy event becomes a delivery. */
import type { Client } from '@temporalio/client';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from 'pino';
import type { OfferAnswer } from '../contract/offer.ts';
import {
  type Delivered,
  type DeployRequest,
  deliver,
  matchPlans,
  newDelivery,
  planId,
  readDeployEvent,
  verify,
  type WebhookSecret,
} from '../intake/index.ts';
import type { AppEnv } from './env.ts';
import { HttpError } from './http-error.ts';
import { brokenAnswers, brokenProblems, type KnownPlans, knownPlans, type MatchedPlans } from './known-plans.ts';
import type { PlanSource } from './plan-source.ts';

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_IN_FLIGHT = 100;
const SOURCE = 'webhook';

export interface DeployHookOptions {
  plans: PlanSource;
  /** Secrets of the senders of deploy events; at least one. */
  secrets: readonly WebhookSecret[];
  temporal: Client;
  /** Name of the cluster whose workers take the rollouts. */
  cluster: string;
  log: Logger;
  /** Unix time, ms. Default: the machine's clock. */
  clock?: () => number;
  /** Longest wait for the outcome of a delivery, ms. Default 2000. */
  waitMs?: number;
}

export function deployHook(
  options: DeployHookOptions,
): [MiddlewareHandler<AppEnv>, MiddlewareHandler<AppEnv>, Handler] {
  let inFlight = 0;
  const handle: Handler = async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    const id = verifiedId(c, body, options);
    if (inFlight >= MAX_IN_FLIGHT) throw busy();
    inFlight += 1;
    try {
      return await take(c, id, body, options);
    } finally {
      inFlight -= 1;
    }
  };
  return [acceptJson, bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }), handle];
}

type Handler = (c: Context<AppEnv>) => Promise<Response>;

const acceptJson: MiddlewareHandler<AppEnv> = async (c, next) => {
  const encoding = c.req.header('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw unsupported('compressed bodies are not taken', 'send the body without content-encoding');
  }
  const [type = ''] = (c.req.header('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') {
    throw unsupported('the body must be application/json', 'send content-type: application/json');
  }
  await next();
};

function verifiedId(c: Context<AppEnv>, body: Uint8Array, { secrets, clock = Date.now }: DeployHookOptions): string {
  const checked = verify({ body, header: (name) => c.req.header(name), secrets, now: clock() });
  if (!checked.ok) {
    const remedy = 'sign the raw body as Standard Webhooks 1.0.0 says, with the secret of this server';
    throw new HttpError(401, { code: checked.code, message: checked.message, remedy });
  }
  c.var.notes.delivery = checked.id;
  return checked.id;
}

async function take(c: Context<AppEnv>, id: string, body: Uint8Array, options: DeployHookOptions): Promise<Response> {
  const read = readDeployEvent(body);
  if ('problems' in read) {
    const remedy = 'correct the fields that are listed';
    throw new HttpError(422, { code: 'event-invalid', message: 'the deploy event is not valid', remedy, ...read });
  }
  const plans = knownPlans(await options.plans.current());
  const match = findPlans(read.request, plans);
  const { clock = Date.now, cluster } = options;
  const receivedAt = new Date(clock());
  const delivery = newDelivery({ cluster, source: SOURCE, id, request: read.request, plans: match.usable, receivedAt });
  const delivered = await safely(options.log, () => deliver(options.temporal, delivery, { waitMs: options.waitMs }));
  return answer(c, delivered, brokenAnswers(match));
}

function findPlans(request: DeployRequest, plans: KnownPlans): MatchedPlans {
  const match = matchPlans(request, plans.all);
  if (match.kind === 'ambiguous') {
    const names = [...new Set(match.plans.map(planId))].join(', ');
    throw invalid('plan-ambiguous', `several plans are called ${request.plan}`, `write one of ${names}`);
  }
  if (match.kind === 'none') throw noPlan(request, plans);
  const found = plans.split(match.plans);
  if (found.usable.length > 0) return found;
  const files = found.broken.map(({ file }) => file).join(', ');
  const remedy = `correct ${files} and send the event again`;
  throw new HttpError(422, {
    code: 'plan-broken',
    message: 'the plan cannot be used',
    remedy,
    problems: brokenProblems(found),
  });
}

function noPlan(request: DeployRequest, plans: KnownPlans): HttpError {
  const message = request.plan ? `there is no plan ${request.plan}` : `no plan lists the image ${request.image?.name}`;
  const known = plans.all.map(planId).sort().slice(0, 50).join(', ') || 'none';
  const unread = plans.nameless.length > 0 ? `; not readable: ${plans.nameless.join(', ')}` : '';
  return new HttpError(404, { code: 'plan-unknown', message, remedy: `known plans: ${known}${unread}` });
}

function answer(c: Context<AppEnv>, delivered: Delivered, broken: OfferAnswer[]): Response {
  if (delivered.kind === 'conflict') {
    const message = 'this webhook-id was taken before with another content';
    throw new HttpError(409, { code: 'delivery-conflict', message, remedy: 'send a new event with a new webhook-id' });
  }
  const { delivery, offers } = delivered.answer;
  c.var.notes.offers = offers.map(({ namespace, plan, status }) => `${namespace}/${plan}: ${status}`);
  const status = delivered.kind === 'pending' ? 202 : delivered.kind === 'answered' && offers.some(begins) ? 201 : 200;
  return c.json({ delivery, offers: [...offers, ...broken] }, status);
}

function begins({ status }: OfferAnswer): boolean {
  return status === 'started' || status === 'superseding' || status === 'queued';
}

async function safely<T>(log: Logger, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    log.warn({ err: error }, 'a delivery could not be handed over');
    const remedy = 'send it again with the same webhook-id';
    const message = 'Temporal did not take the event';
    throw new HttpError(503, { code: 'temporal-unreachable', message, remedy, retryAfter: 5 });
  }
}

function busy(): HttpError {
  const message = `${MAX_IN_FLIGHT} events are being taken at this moment`;
  return new HttpError(429, { code: 'busy', message, remedy: 'send it again with the same webhook-id', retryAfter: 1 });
}

function tooLarge(): never {
  throw new HttpError(413, { code: 'body-too-large', message: 'the body is larger than 1 MiB', remedy: 'send less' });
}

function unsupported(message: string, remedy: string): HttpError {
  return new HttpError(415, { code: 'body-unsupported', message, remedy });
}

function invalid(code: string, message: string, remedy: string): HttpError {
  return new HttpError(422, { code, message, remedy });
}
