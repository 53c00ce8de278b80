/** One signed request to one address. It only sends, and repeats nothing by itself. */
import { Agent, request } from 'undici';
import { signWith } from '../../network/signing.ts';
import { STANDARD_WEBHOOKS } from '../../network/standard-webhooks.ts';
import { WALLED, walledConnect } from '../../network/walled-connect.ts';
import type { WebhookEvent } from './event.ts';

interface WebhookAddress {
  /** http or https; may hold a secret, so nothing shows it. */
  address: string;
  /** Each signs. */
  keys: readonly Uint8Array[];
  /** It may be of this machine, its link or its cloud. */
  local?: boolean;
}

/** Why it was not taken. `perhaps`: it may have been, as the answer was lost; `gone`: for good. */
export interface WebhookTrouble {
  reason: string;
  status?: number;
  perhaps: boolean;
  gone?: boolean;
  afterMs?: number;
}

const TIMEOUT_MS = 10_000;
const LONGEST_SILENCE_MS = 60 * 60_000;
/** Nothing was sent. */
const UNSENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];

/** Redirects are not followed, and nothing of an answer is read but its head. @returns undefined: it was taken */
export async function sendWebhook(to: WebhookAddress, event: WebhookEvent): Promise<WebhookTrouble | undefined> {
  const { protocol = '', username, password } = URL.parse(to.address) ?? {};
  if (!/^https?:$/.test(protocol) || username || password)
    return { reason: 'its address is no http:// or https:// URL without user and password', perhaps: false };
  const body = Buffer.from(JSON.stringify(event));
  const signature = signWith(STANDARD_WEBHOOKS, to.keys, { id: event.id, now: Date.now() }, body);
  const connect = { timeout: TIMEOUT_MS };
  const dispatcher = new Agent({ connect: to.local ? connect : walledConnect(connect) });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const headers = { 'content-type': 'application/cloudevents+json', 'user-agent': 'sluice', ...signature };
  try {
    const answer = await request(to.address, { method: 'POST', headers, body, dispatcher, signal });
    answer.body.on('error', () => undefined).destroy();
    return troubleOf(answer.statusCode, answer.headers['retry-after']);
  } catch (error) {
    return unreached(error as NodeJS.ErrnoException);
  } finally {
    await dispatcher.destroy();
  }
}

function troubleOf(status: number, retryAfter: string | string[] | undefined): WebhookTrouble | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 410) return { reason: 'the webhook says that it is gone (410)', status, perhaps: false, gone: true };
  const moved = status < 400 ? ': redirects are not followed, name the address itself' : '';
  const afterMs = waitOf(String(retryAfter ?? ''));
  return {
    reason: `the webhook answers ${status}${moved}`,
    status,
    perhaps: status >= 500,
    ...(afterMs && { afterMs }),
  };
}

/** Seconds or a date (RFC 9110, section 10.2.3), ms; 0: it does not say. */
function waitOf(retryAfter: string): number {
  const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
  return Math.min(LONGEST_SILENCE_MS, Math.max(0, ms || 0));
}

function unreached({ code, name }: NodeJS.ErrnoException): WebhookTrouble {
  const local = 'its address is of this machine, its link or its cloud, which needs local: true in sluice.yaml';
  if (code === WALLED) return { reason: local, perhaps: false };
  return { reason: `the webhook cannot be reached (${code ?? name})`, perhaps: !UNSENT.includes(code ?? '') };
}
