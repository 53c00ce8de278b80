/** The number that a web address answers. Redirects are not followed; time and size are limited; nothing of an answer is repeated. */
import { request } from 'undici';
import type { WebReference } from '../contract/analysis.ts';
import { valueAt } from '../contract/json-pointer.ts';
import { REQUEST_MS } from '../contract/time-limits.ts';
import type { QueryValue } from '../judge/window.ts';
import { readUpTo } from '../network/read-up-to.ts';
import { type ConnectionOptions, dispatcherOf } from './connection.ts';
import { connectionRefusal, statusRefusal } from './refusals.ts';

/** What is asked for: a path below the address, and the place of the number (RFC 6901). */
export interface WebQuestion {
  path: string;
  pointer: string;
}

/** Asks whom a check names. Never throws, except for an aborted signal: whatever gives no number is no answer. */
export type AskWeb = (reference: WebReference, question: WebQuestion, signal: AbortSignal) => Promise<QueryValue>;

export interface WebAddress {
  /** `http(s)://host[:port][/prefix]` */
  address: string;
  /** How sentences call it. */
  who: string;
  connection: ConnectionOptions;
}

const MAX_BYTES = 1024 * 1024;

export async function webNumber(
  { address, who, connection }: WebAddress,
  { path, pointer }: WebQuestion,
  signal: AbortSignal,
): Promise<QueryValue> {
  const url = below(address, path);
  if (!url) return { reason: `the path leads out of the address of ${who}` };
  const deadline = AbortSignal.timeout(REQUEST_MS);
  const dispatcher = dispatcherOf(connection, REQUEST_MS);
  try {
    const { statusCode, body } = await request(url, {
      dispatcher,
      signal: AbortSignal.any([deadline, signal]),
      headers: { accept: 'application/json', 'user-agent': 'sluice', ...connection.headers },
    });
    if (statusCode === 200) return numberIn(await readUpTo(body, MAX_BYTES), who, pointer);
    body.on('error', () => {}).destroy();
    return { reason: statusRefusal(statusCode, undefined, { who, connection }).error.message };
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) return { reason: `${who} did not answer within ${REQUEST_MS / 1000} s` };
    return { reason: connectionRefusal(error, { who, connection }).error.message };
  } finally {
    await dispatcher.destroy();
  }
}

/** Whoever may ask below an address may not ask beside it, with its login. */
function below(address: string, path: string): URL | undefined {
  const base = address.replace(/\/$/, '');
  const url = URL.parse(`${base}${path}`);
  const prefix = new URL(`${base}/`);
  const inside = url?.origin === prefix.origin && `${url.pathname}/`.startsWith(prefix.pathname);
  return url && inside && !/%2f|%5c/i.test(url.pathname) ? url : undefined;
}

function numberIn(text: string | undefined, who: string, pointer: string): QueryValue {
  if (text === undefined) return { reason: `the answer of ${who} is larger than ${MAX_BYTES} bytes` };
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return { reason: `the answer of ${who} is no JSON` };
  }
  const value = valueAt(answer, pointer);
  if (typeof value === 'number' && Number.isFinite(value)) return { value };
  return { reason: `the answer of ${who} has no number at ${JSON.stringify(pointer)}` };
}
