/** How many requests one client and one sender may send. */
import type { MiddlewareHandler } from 'hono';
import { networkOf } from '../network/address.ts';
import type { AppEnv } from './env.ts';
import { HttpError } from './http-error.ts';
import { RateLimit } from './rate-limit.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

export interface LimitOptions {
  proxies: TrustedProxies;
  /** Unix time, ms. Default: the machine's clock. */
  clock?: () => number;
}

/** Far above what people and build systems send; a client is known by its address alone, so what is refused costs little. */
const PER_CLIENT = { perMinute: 600, burst: 100 };
/** Counted once the sender has proven who it is, so that nobody uses up the share of another. */
export const PER_SENDER = { perMinute: 300, burst: 200 };

/** Refuses clients that send too much, before anything of the request is read. Handlers count proven senders with `admit`. */
export function limited({ proxies, clock = Date.now }: LimitOptions): MiddlewareHandler<AppEnv> {
  const clients = new RateLimit(PER_CLIENT);
  const senders = new RateLimit(PER_SENDER);
  return async (c, next) => {
    // absent where another runtime took the request: then its own limits hold
    const peer = c.env?.incoming?.socket.remoteAddress;
    if (peer) {
      const client = proxies.clientOf(peer, c.req.header('x-forwarded-for'));
      refuse(clients.take(networkOf(client), clock()), 'too many requests from your address');
    }
    c.set('admit', (sender) => refuse(senders.take(sender, clock()), `too many requests of ${sender}`));
    await next();
  };
}

function refuse(waitMs: number, message: string): void {
  if (waitMs === 0) return;
  const retryAfter = Math.ceil(waitMs / 1000);
  throw new HttpError(429, { code: 'too-many', message, remedy: `send it again after ${retryAfter} s`, retryAfter });
}
