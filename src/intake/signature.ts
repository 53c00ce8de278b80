/** Whether a signature fits: what the headers say, then who could have made it. How one is made: `src/network/signing.ts`. */
import { timingSafeEqual } from 'node:crypto';
import { DELIVERY_ID, macOf, type SignatureScheme } from '../network/signing.ts';
import { type ProofRefusal, type ReadHeader, refuse } from './proof.ts';

/** Headers that could be of the scheme; `given` are the signatures in them. */
export interface GivenSignature {
  ok: true;
  id?: string;
  timestamp?: string;
  given: Buffer[];
}

/** Digits only: milliseconds have more of them. */
const TIMESTAMP = /^[1-9]\d{0,10}$/;
/** 32 bytes, each in its one spelling: lower-case hex, no spare bits in base64. */
const ENCODED = { hex: /^[0-9a-f]{64}$/, base64: /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/ };
const OTHER_VERSION = /^v\d{1,3}[a-z]{0,3},[A-Za-z0-9+/=]{1,200}$/;
const MAX_SIGNATURES = 16;
const MAX_HEADER = 4096;

/** What the headers say, before anything of the body is known. @param now Unix time, ms */
export function readSignature(scheme: SignatureScheme, header: ReadHeader, now: number): GivenSignature | ProofRefusal {
  const names = [scheme.id, scheme.timestamp, scheme.header].filter((name) => name !== undefined);
  const missing = names.filter((name) => !header(name));
  if (missing.length > 0) return refuse('header-missing', `${missing.join(', ')} missing`);
  const [id, timestamp] = [scheme.id, scheme.timestamp].map((name) => (name && header(name)) || undefined);
  if (id !== undefined && !DELIVERY_ID.test(id))
    return refuse('header-invalid', `${scheme.id} is not 1 to 256 of A-Z, a-z, 0-9 and _:@=+~-`);
  if (timestamp !== undefined && !TIMESTAMP.test(timestamp))
    return refuse('header-invalid', `${scheme.timestamp} is not Unix time in whole seconds`);
  const given = signaturesIn(scheme, header(scheme.header) ?? '');
  if (!given) return refuse('header-invalid', `${scheme.header} is not ${written(scheme)}`);
  if (timestamp !== undefined && Math.abs(now - Number(timestamp) * 1000) > scheme.toleranceMs)
    return refuse('timestamp-stale', `${scheme.timestamp} is more than ${scheme.toleranceMs / 1000} s from our clock`);
  return { ok: true, id, timestamp, given };
}

/** Whether one of the keys made one of the signatures. Every pair is compared, so that the time tells nothing about which fits. */
export function isSigned(
  scheme: SignatureScheme,
  { id = '', timestamp = '', given }: Omit<GivenSignature, 'ok'>,
  keys: readonly Uint8Array[],
  body: Uint8Array,
): boolean {
  let matches = 0;
  for (const key of keys) {
    const expected = macOf(scheme, { id, timestamp }, key, body);
    for (const signature of given) matches += timingSafeEqual(expected, signature) ? 1 : 0;
  }
  return matches > 0;
}

function written({ signed, prefix, encoding, several }: SignatureScheme): string {
  const what = signed === undefined ? 'the secret' : `32 bytes in ${encoding === 'hex' ? 'lower-case hex' : 'base64'}`;
  return `"${prefix}" and ${what}${several ? ', several with single spaces' : ''}`;
}

/** @returns undefined when any part is malformed: two joined headers, another alphabet, stray spaces */
function signaturesIn(scheme: SignatureScheme, value: string): Buffer[] | undefined {
  const { prefix, encoding, several = false, signed } = scheme;
  if (value.length > MAX_HEADER) return undefined;
  if (signed === undefined)
    return value.startsWith(prefix) ? [macOf(scheme, {}, Buffer.from(value.slice(prefix.length)))] : undefined;
  const parts = several ? value.split(' ') : [value];
  if (parts.length > MAX_SIGNATURES) return undefined;
  const own = parts.filter((part) => part.startsWith(prefix)).map((part) => part.slice(prefix.length));
  const isOther = (part: string) => part.startsWith(prefix) || (several && OTHER_VERSION.test(part));
  if (!parts.every(isOther) || !own.every((text) => ENCODED[encoding].test(text))) return undefined;
  return own.map((text) => Buffer.from(text, encoding));
}
