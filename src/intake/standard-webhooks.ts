/**
 * Standard Webhooks 1.0.0, symmetric scheme: HMAC-SHA-256 over `id.timestamp.body`, the key base64 after `whsec_`,
 * the header `webhook-signature: v1,<base64> [v1,<base64> …]`. Source: the specification at www.standardwebhooks.com.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export type WebhookSecret = Uint8Array;

export interface VerifyOptions {
  /** Raw bytes as received, before any parser. */
  body: Uint8Array;
  header(name: string): string | null | undefined;
  /** Any of them may have signed; several while a secret is being replaced. */
  secrets: readonly WebhookSecret[];
  /** Unix time, ms. */
  now: number;
}

export type Verification =
  | { ok: true; id: string; sentAt: Date }
  | { ok: false; code: 'header-missing' | 'header-invalid' | 'signature-wrong' | 'timestamp-stale'; message: string };

export interface SignedHeaders {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

const PREFIX = 'whsec_';
/** Seconds by which a delivery may be older or newer than our clock. */
const TOLERANCE_S = 5 * 60;
/** No dot, since dots separate the signed parts; no slash, since the id is part of a workflow id. */
const ID = /^[A-Za-z0-9_:@=+~-]{1,256}$/;
/** Digits only: milliseconds have more of them. */
const TIMESTAMP = /^[1-9]\d{0,10}$/;
/** One signature, 32 bytes of base64; other versions such as the asymmetric `v1a` are passed over. */
const V1 = /^v1,[A-Za-z0-9+/]{43}=$/;
const OTHER_VERSION = /^v(?!1,)\d{1,3}[a-z]{0,3},[A-Za-z0-9+/=]{1,200}$/;
const MAX_SIGNATURES = 16;

/**
 * Reads secrets, `whsec_` and the base64 of 24 to 64 bytes each.
 * @throws RangeError that tells which one is wrong, never its value
 */
export function parseSecrets(texts: readonly string[]): WebhookSecret[] {
  return texts.map((text, index) => {
    const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : '';
    const key = Buffer.from(encoded, 'base64');
    const isBase64 = key.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '');
    if (isBase64 && key.length >= 24 && key.length <= 64) return new Uint8Array(key);
    throw new RangeError(`webhook secret ${index + 1} is not "${PREFIX}" and the base64 of 24 to 64 bytes`);
  });
}

/** Headers that sign `body`, for senders of our own and tests. */
export function sign(id: string, sentAt: Date, body: Uint8Array | string, secret: WebhookSecret): SignedHeaders {
  if (!ID.test(id)) throw new RangeError('a webhook id is 1 to 256 of A-Z, a-z, 0-9 and _:@=+~-');
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const signature = digest(id, timestamp, body, secret).toString('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

/** Whether a holder of one of the secrets sent these bytes within the last five minutes. */
export function verify({ body, header, secrets, now }: VerifyOptions): Verification {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(header);
  if (!id || !timestamp || !signatures) {
    return refuse('header-missing', 'webhook-id, webhook-timestamp and webhook-signature are needed');
  }
  if (!ID.test(id)) return refuse('header-invalid', 'webhook-id is not 1 to 256 of A-Z, a-z, 0-9 and _:@=+~-');
  if (!TIMESTAMP.test(timestamp))
    return refuse('header-invalid', 'webhook-timestamp is not Unix time in whole seconds');
  const given = readSignatures(signatures);
  if (!given) return refuse('header-invalid', 'webhook-signature is not a list of "v1,<base64>" with single spaces');
  if (
    !anyMatches(
      given,
      secrets.map((secret) => digest(id, timestamp, body, secret)),
    )
  ) {
    return refuse('signature-wrong', 'no signature fits the body and a configured secret');
  }
  if (Math.abs(now / 1000 - Number(timestamp)) > TOLERANCE_S) {
    return refuse('timestamp-stale', `webhook-timestamp is more than ${TOLERANCE_S} s from our clock`);
  }
  return { ok: true, id, sentAt: new Date(Number(timestamp) * 1000) };
}

function refuse(code: Extract<Verification, { ok: false }>['code'], message: string): Verification {
  return { ok: false, code, message };
}

/** @returns undefined when any part of the list is malformed: two joined headers, other alphabets, stray spaces */
function readSignatures(header: string): Buffer[] | undefined {
  const parts = header.length <= MAX_SIGNATURES * 210 ? header.split(' ') : [];
  if (parts.length === 0 || parts.length > MAX_SIGNATURES) return undefined;
  if (!parts.every((part) => V1.test(part) || OTHER_VERSION.test(part))) return undefined;
  return parts.filter((part) => V1.test(part)).map((part) => Buffer.from(part.slice(3), 'base64'));
}

/** Compares every pair, so that the time tells nothing about which secret or signature fits. */
function anyMatches(given: readonly Buffer[], expected: readonly Buffer[]): boolean {
  let matches = 0;
  for (const mac of expected) {
    for (const signature of given) matches += timingSafeEqual(mac, signature) ? 1 : 0;
  }
  return matches > 0;
}

function digest(id: string, timestamp: string, body: Uint8Array | string, secret: WebhookSecret): Buffer {
  return createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest();
}
