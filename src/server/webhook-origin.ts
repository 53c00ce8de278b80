/** `OPTIONS` before CloudEvents are sent: whether they are wanted here, and how fast (HTTP 1.1 Web Hooks for Event Delivery, section 4). */
import type { Context } from 'hono';
import { readingsOf } from '../intake/index.ts';
import type { AppEnv } from './env.ts';
import { PER_SENDER } from './limits.ts';
import type { Senders } from './prove-sender.ts';

/** Who asks is nobody's word but theirs: it is each event that proves its sender. No callback is ever called. */
export function webhookOrigin(senders: () => Promise<Senders>): (c: Context<AppEnv>) => Promise<Response> {
  return async (c) => {
    const named = c.req.param('sender');
    const asked = (await senders()).senders.filter(({ name }) => named === undefined || name === named);
    c.header('allow', 'OPTIONS, POST');
    const origin = c.req.header('webhook-request-origin');
    if (origin && asked.some((sender) => readingsOf(sender).some(({ cloudEvent }) => cloudEvent))) {
      c.header('webhook-allowed-origin', origin);
      c.header('webhook-allowed-rate', String(PER_SENDER.perMinute));
    }
    return c.body(null, 204);
  };
}
