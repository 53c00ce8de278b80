/**
 * Slack's request signature, version 0: HMAC-SHA-256 over `v0:timestamp:body`, hex, in `x-slack-signature: v0=<hex>`.
 * Source: Slack's documentation, "Verifying requests from Slack".
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SlackRequest {
  /** Raw bytes as received, before any parser. */
  body: Uint8Array;
  header(name: string): string | null | undefined;
  /** Signing secret of the Slack app. */
  secret: string;
  /** Unix time, ms. */
  now: number;
}

export type SlackVerification =
  | { ok: true }
  | { ok: false; code: 'signature-missing' | 'signature-wrong' | 'timestamp-stale' };

/** Seconds by which a request may be older or newer than our clock. */
const TOLERANCE_S = 5 * 60;
const TIMESTAMP = /^[1-9]\d{0,10}$/;
const SIGNATURE = /^v0=([0-9a-f]{64})$/;

export function verifySlack({ body, header, secret, now }: SlackRequest): SlackVerification {
  const timestamp = header('x-slack-request-timestamp') ?? '';
  const [, given] = SIGNATURE.exec(header('x-slack-signature') ?? '') ?? [];
  if (!given || !TIMESTAMP.test(timestamp)) return { ok: false, code: 'signature-missing' };
  const expected = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest();
  if (!timingSafeEqual(expected, Buffer.from(given, 'hex'))) return { ok: false, code: 'signature-wrong' };
  if (Math.abs(now / 1000 - Number(timestamp)) > TOLERANCE_S) return { ok: false, code: 'timestamp-stale' };
  return { ok: true };
}
