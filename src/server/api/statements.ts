/** `POST /statements`: vouches for a mirror or for repairs of somebody who may have them; they hand it in themselves. */
import type { Context } from 'hono';
import { type Order, sign } from '../../authority/index.ts';
import { HttpError } from '../http-error.ts';
import { neededKey, notAllowed, type PerformDeps } from '../perform.ts';
import type { ApiEnv } from './known.ts';

const LONGEST_MS = 366 * 86_400_000;
const REMEDY =
  'send right (mirror or repair), cluster, what (the spec, or a list of namespaces) and forMs, at most a year';

/** @throws HttpError 403 it is not their right, 422 with what would be right */
export async function giveStatement({ installation }: PerformDeps, c: Context<ApiEnv>): Promise<Response> {
  const { person, may } = c.var.holder;
  const { right, cluster, what, forMs } = Object(await c.req.json().catch(() => undefined));
  const isRight = right === 'mirror' || (right === 'repair' && Array.isArray(what));
  if (!isRight || typeof cluster !== 'string' || !(forMs > 0 && forMs < LONGEST_MS))
    throw new HttpError(422, { code: 'order-invalid', message: 'it is no order', remedy: REMEDY });
  // whole namespaces are repaired
  const about = right === 'mirror' ? [what] : what.map((namespace: unknown) => ({ namespace, name: '*' }));
  for (const { namespace, name } of about.map(Object)) {
    const target = { cluster, namespace: String(namespace), plan: String(name) };
    if (!may(right, target)) throw notAllowed(person.name, right, target);
  }
  const order: Order = { right, cluster, what, person: person.name, until: new Date(Date.now() + forMs).toISOString() };
  return c.json({ statement: await sign('sluice-order', order, await neededKey(await installation.current())) });
}
