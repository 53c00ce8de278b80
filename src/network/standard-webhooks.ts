/**
 * Standard Webhooks 1.0.0, symmetric scheme: HMAC-SHA-256 over `id.timestamp.body`, the key base64 after `whsec_`,
 * the header `webhook-signature: v1,<base64> [v1,<base64> …]`. Source: the specification at www.standardwebhooks.com.
 */
import { DELIVERY_ID, keyOf, type SignatureScheme, signWith } from './signing.ts';

export type WebhookSecret = Uint8Array;

export interface SignedHeaders {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

export const STANDARD_WEBHOOKS: SignatureScheme = {
  header: 'webhook-signature',
  prefix: 'v1,',
  encoding: 'base64',
  signed: '{id}.{timestamp}.{body}',
  id: 'webhook-id',
  timestamp: 'webhook-timestamp',
  toleranceMs: 300_000,
  several: true,
  key: 'whsec',
};

/**
 * Reads secrets, `whsec_` and the base64 of 24 to 64 bytes each.
 * @throws RangeError that tells which one is wrong, never its value
 */
export function parseSecrets(texts: readonly string[]): WebhookSecret[] {
  return texts.map((text, index) => {
    try {
      return keyOf(STANDARD_WEBHOOKS, text);
    } catch (error) {
      throw new RangeError(`webhook secret ${index + 1} ${(error as Error).message}`);
    }
  });
}

/** Headers that sign `body`, for senders. @throws RangeError for an id that would be refused */
export function sign(id: string, sentAt: Date, body: Uint8Array | string, secret: WebhookSecret): SignedHeaders {
  if (!DELIVERY_ID.test(id)) throw new RangeError('a webhook id is 1 to 256 of A-Z, a-z, 0-9 and _:@=+~-');
  const headers = signWith(STANDARD_WEBHOOKS, [secret], { id, now: sentAt.getTime() }, Buffer.from(body));
  return headers as unknown as SignedHeaders;
}
