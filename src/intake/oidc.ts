/** Tokens instead of secrets, of CI jobs and people: `Authorization: Bearer`, checked with the issuer's own keys (OpenID Connect Core 1.0, RFC 8725). */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type RemoteJWKSet } from 'jose';
import type { SenderTokens } from '../installation/index.ts';
import { globFits } from '../plan/index.ts';
import { textAt } from './pointer.ts';
import { type HeaderProof, type ProofRefusal, type ReadHeader, refuse } from './proof.ts';

/** Whose tokens, for whom. */
type TokenTerms = Required<Pick<SenderTokens, 'issuer' | 'keys' | 'algorithms' | 'audience'>>;

/** As the installation says it, with what its preset says. */
export type OidcTerms = SenderTokens & TokenTerms;

const SKEW_S = 60;
/** Between two looks for keys that are unknown, ms: nobody makes us ask more often. */
const COOLDOWN_MS = 5_000;
const TIMEOUT_MS = 3_000;
const MAX_TOKEN = 8192;
/** An issuer signs other things with the same key, such as logouts: none of them says who asks (RFC 8725, 3.11). */
const TYPES = ['jwt', 'at+jwt', 'application/at+jwt'];

/** Keys of issuers, kept for ten minutes and read again for a key id that is not among them. */
const keySets = new Map<string, RemoteJWKSet>();

/** The job that a token proves, when its claims are those of the sender. @param now Unix time, ms */
export async function verifyToken(
  terms: OidcTerms,
  header: ReadHeader,
  now: number,
): Promise<HeaderProof | ProofRefusal> {
  const token = bearerOf(header);
  if (!token) return refuse('header-missing', 'authorization has no "Bearer" and token');
  const proven = await proveClaims(terms, token, now);
  return proven.ok ? proofOf(terms, proven.claims, header('webhook-id')) : proven;
}

export function bearerOf(header: ReadHeader): string | undefined {
  return /^Bearer ([\w.-]+)$/i.exec((header('authorization') ?? '').slice(0, MAX_TOKEN))?.[1];
}

type Proven = { ok: true; claims: JWTPayload };

/** What the issuer says in a token for this audience. @param now Unix time, ms */
export async function proveClaims(terms: TokenTerms, token: string, now: number): Promise<Proven | ProofRefusal> {
  const keys = keySetOf(terms.keys);
  const askedLately = keys.coolingDown;
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: terms.issuer,
      audience: terms.audience,
      algorithms: terms.algorithms,
      requiredClaims: ['exp', 'iat'],
      clockTolerance: SKEW_S,
      currentDate: new Date(now),
    });
    if (TYPES.includes(protectedHeader.typ?.toLowerCase() ?? 'jwt')) return { ok: true, claims: payload };
    return refuse('token-refused', "the token's typ is that of something else");
  } catch (error) {
    return refusal(error, askedLately);
  }
}

function keySetOf(url: string): RemoteJWKSet {
  const known = keySets.get(url);
  if (known) return known;
  const made = createRemoteJWKSet(new URL(url), { cooldownDuration: COOLDOWN_MS, timeoutDuration: TIMEOUT_MS });
  keySets.set(url, made);
  return made;
}

function proofOf(
  { claims, by, reason, repository }: OidcTerms,
  payload: JWTPayload,
  id: string | null | undefined,
): HeaderProof | ProofRefusal {
  for (const [name, pattern] of Object.entries(claims)) {
    const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
    const text = typeof value === 'object' ? undefined : value;
    if (text === undefined || !globFits(pattern, String(text)))
      return refuse('claims-refused', `the token's ${name} is not what this sender must have`);
  }
  const said = (template = '') => textAt(payload, template, 200) || undefined;
  return {
    ok: true,
    // of the token, so that it counts once
    id: id || said('/jti'),
    from: { repository: said(repository), environment: said('/environment') },
    by: said(by),
    reason: textAt(payload, reason ?? '') || undefined,
    coversHeaders: true,
    fits: () => true,
  };
}

/** What is wrong with the token, or with asking for keys; nothing of the token itself. */
function refusal(error: unknown, askedLately: boolean): ProofRefusal {
  if (error instanceof errors.JWKSNoMatchingKey) {
    // asked lately: the issuer may have brought it into use since
    return refuse('key-unknown', "the token's key is not among the issuer's", askedLately);
  }
  if (isOfKeys(error)) return refuse('keys-unreachable', "the issuer's keys cannot be read", true);
  if (error instanceof errors.JWTExpired) return refuse('token-expired', 'the token has expired');
  if (error instanceof errors.JWTClaimValidationFailed)
    return refuse('token-refused', `the token's ${error.claim} is not what it must be here`);
  return refuse('signature-wrong', 'the token is not signed by the issuer, or not with a listed algorithm');
}

function isOfKeys(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return (
    error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC'
  );
}
