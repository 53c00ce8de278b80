/** Signatures as data: where one stands, how it is written, and what it is made over. HMAC-SHA-256, or a fixed secret. */
import { createHash, createHmac } from 'node:crypto';

/** As the installation says it, or a preset; what is not said is filled in. */
export interface SignatureScheme {
  header: string;
  prefix: string;
  encoding: 'hex' | 'base64';
  /** What is signed; absent: nothing, the header is the secret itself. */
  signed?: string;
  /** Headers. */
  id?: string;
  timestamp?: string;
  key: 'text' | 'whsec' | 'hex';
  /** Longest distance of the timestamp from our clock, either way. */
  toleranceMs: number;
  /** Signatures separated by single spaces; other versions, such as `v1a,`, are passed over. */
  several?: boolean;
}

/** No dot, since dots separate signed parts; no slash, since the id is part of a workflow id. */
export const DELIVERY_ID = /^[A-Za-z0-9_:@=+~-]{1,256}$/;

/** Headers with which holders of the keys send a body; of several keys all sign, where the scheme has room. @param now Unix time, ms */
export function signWith(
  scheme: SignatureScheme,
  keys: readonly Uint8Array[],
  { id, now }: { id: string; now: number },
  body: Uint8Array,
): Record<string, string> {
  const { header, prefix, encoding, signed, several } = scheme;
  const timestamp = String(Math.floor(now / 1000));
  const written = (several ? keys : keys.slice(0, 1)).map((key) => {
    const said = signed === undefined ? Buffer.from(key).toString() : undefined;
    return prefix + (said ?? macOf(scheme, { id, timestamp }, key, body).toString(encoding));
  });
  return {
    ...(scheme.id && { [scheme.id]: id }),
    ...(scheme.timestamp && { [scheme.timestamp]: timestamp }),
    [header]: written.join(' '),
  };
}

/** A secret as its scheme uses it. @throws RangeError that says what is wrong, and nothing of it */
export function keyOf(scheme: SignatureScheme, secret: string): Uint8Array {
  if (scheme.key === 'text') {
    if (secret.length < 8) throw new RangeError('is shorter than 8 characters');
    return Buffer.from(secret);
  }
  const [prefix, encoding] = scheme.key === 'hex' ? ['', 'hex' as const] : ['whsec_', 'base64' as const];
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : '';
  const key = Buffer.from(text, encoding);
  const isWhole = key.toString(encoding).replaceAll('=', '') === text.replaceAll('=', '');
  if (isWhole && key.length >= 24 && key.length <= 64) return new Uint8Array(key);
  throw new RangeError(`is not ${prefix && `"${prefix}" and `}the ${encoding} of 24 to 64 bytes`);
}

/** What proves the key. Of a fixed secret it is its hash: of one length whatever the text, for a comparison that tells nothing. */
export function macOf(
  { signed }: SignatureScheme,
  { id = '', timestamp = '' }: { id?: string; timestamp?: string },
  key: Uint8Array,
  body: Uint8Array = new Uint8Array(),
): Buffer {
  if (signed === undefined) return createHash('sha256').update(key).digest();
  const mac = createHmac('sha256', key);
  for (const part of signed.split(/(\{body\}|\{id\}|\{timestamp\})/)) {
    if (part === '{body}') mac.update(body);
    else mac.update(part === '{id}' ? id : part === '{timestamp}' ? timestamp : part);
  }
  return mac.digest();
}
