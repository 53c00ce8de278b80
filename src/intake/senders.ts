/** From a sender as the installation says it to one that proves its events. */
import { type DeploySender, readSecret, type SenderSignature, type SenderTokens } from '../installation/index.ts';
import { keyOf, type SignatureScheme } from '../network/signing.ts';
import { milliseconds } from '../plan/duration.ts';
import { type OidcTerms, verifyToken } from './oidc.ts';
import { ISSUERS, READINGS, SIGNATURES } from './presets.ts';
import { type HeaderProof, type ProofRefusal, type ReadHeader, WRONG } from './proof.ts';
import type { EventReading } from './reading.ts';
import { isSigned, readSignature } from './signature.ts';

/** Own fields go before those of the preset. */
export function schemeOf(signature: SenderSignature): SignatureScheme {
  const { preset, header = '', tolerance, secrets: _, ...own } = signature;
  const toleranceMs = milliseconds(tolerance ?? '5m');
  if (preset) return { ...SIGNATURES[preset], toleranceMs };
  return { header, prefix: '', encoding: 'hex', key: 'text', ...own, toleranceMs };
}

export function readingsOf({ signature, read }: DeploySender): EventReading[] {
  const standard = signature?.preset ? SIGNATURES[signature.preset].read : 'sluice';
  if (read === undefined || typeof read === 'string') return READINGS[read ?? standard];
  const { preset, ...own } = read;
  const base: readonly EventReading[] = preset ? READINGS[preset] : [{}];
  return base.map((reading) => ({ ...reading, ...own, when: { ...reading.when, ...own.when } }));
}

/** @throws RangeError that says which secret cannot be used, and nothing of it */
export async function keysOf({ name, signature }: DeploySender, dir: string): Promise<Uint8Array[]> {
  if (!signature) return [];
  const scheme = schemeOf(signature);
  const texts = await Promise.all(signature.secrets.map((secret) => readSecret(secret, dir))).catch((error: Error) => {
    throw new RangeError(`sender ${name}: ${error.message}`);
  });
  return texts.map((text, index) => {
    try {
      return keyOf(scheme, text);
    } catch (error) {
      throw new RangeError(`sender ${name}: secret ${index + 1} ${(error as Error).message}`);
    }
  });
}

/**
 * Looks at the headers alone; nothing of the body is awaited for a sender whom they do not show.
 * @param now Unix time, ms
 * @throws RangeError when a secret cannot be read
 */
export async function proveHeaders(
  sender: DeploySender,
  dir: string,
  header: ReadHeader,
  now: number,
): Promise<HeaderProof | ProofRefusal> {
  if (sender.oidc) return verifyToken(termsOf(sender.oidc), header, now);
  if (!sender.signature) return WRONG;
  const scheme = schemeOf(sender.signature);
  const signed = readSignature(scheme, header, now);
  if (!signed.ok) return signed;
  const keys = await keysOf(sender, dir);
  const fits = (body: Uint8Array) => isSigned(scheme, signed, keys, body);
  const isFixed = scheme.signed === undefined;
  if (isFixed && !fits(new Uint8Array())) return WRONG;
  return { ok: true, id: signed.id, coversHeaders: isFixed, fits };
}

function termsOf(tokens: SenderTokens): OidcTerms {
  const base = tokens.preset ? ISSUERS[tokens.preset] : { issuer: '', keys: '', algorithms: ['RS256' as const] };
  return { repository: '/repository', ...base, ...tokens };
}
