/**
 * Slack's request signature, version 0: HMAC-SHA-256 over `v0:timestamp:body`, hex, in `x-slack-signature: v0=<hex>`.
 * Source: Slack's documentation, "Verifying requests from Slack".
 */
import { isSigned, type ReadHeader, readSignature } from '../../intake/index.ts';
import type { SignatureScheme } from '../../network/signing.ts';

const SCHEME: SignatureScheme = {
  header: 'x-slack-signature',
  prefix: 'v0=',
  encoding: 'hex',
  signed: 'v0:{timestamp}:{body}',
  timestamp: 'x-slack-request-timestamp',
  toleranceMs: 5 * 60_000,
  key: 'text',
};

/** What the headers prove, before the body is known. `code` is one of `readSignature`. */
export type SlackProof = { ok: true; fits(body: Uint8Array): boolean } | { ok: false; code: string };

/** @param secret signing secret of the Slack app @param now Unix time, ms */
export function proveSlack(header: ReadHeader, secret: string, now: number): SlackProof {
  const given = readSignature(SCHEME, header, now);
  if (!given.ok) return given;
  return { ok: true, fits: (body) => isSigned(SCHEME, given, [Buffer.from(secret)], body) };
}
