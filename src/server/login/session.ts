/** Who is logged in with a browser: a cookie that says how they proved themselves, encrypted with the server's key. Nothing is stored. */
import { hkdfSync, randomBytes } from 'node:crypto';
import { parse, serialize } from 'hono/utils/cookie';
import { EncryptJWT, type JWTPayload, jwtDecrypt } from 'jose';
import { type Holder, holderOfHash, type ServerKey } from '../../authority/index.ts';
import type { Installation } from '../../installation/index.ts';
import { milliseconds } from '../../plan/duration.ts';
import { neededKey, serverKey } from '../perform.ts';
import { holderOfIdentity, type Identity } from './identity.ts';

/** How they proved themselves: it is looked up anew with every request, so whoever is taken out of the file is out. */
export type ProvenBy = { token: string } | { identity: Identity };

export interface OpenSession {
  holder: Holder;
  /** Known to pages of this session alone. */
  csrf: string;
  /** ISO 8601. */
  expires: string;
}

/** Kept by the browser: over HTTPS and on this machine alone, for this host alone. */
const HELD = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const;
const HOST = '__Host-';
const SESSION = 'sluice';

/** @returns the cookie's line  @throws HttpError 503: the server has no key */
export async function sealSession(installation: Installation, by: ProvenBy): Promise<string> {
  const seconds = milliseconds(installation.web.session) / 1000;
  const said = { by, csrf: randomBytes(16).toString('base64url') };
  return sealCookie(await neededKey(installation), SESSION, said, seconds);
}

/** @returns undefined: there is none, its time is over, or who it was of is not known any more */
export async function openSession(installation: Installation, headers: Headers): Promise<OpenSession | undefined> {
  const key = await serverKey(installation);
  const said = key && (await openCookie<{ by: ProvenBy; csrf: string }>(key, SESSION, headers));
  if (!said) return undefined;
  const { by, csrf, exp = 0 } = said;
  const holder = holderBy(by, installation);
  return holder && { holder, csrf, expires: new Date(exp * 1000).toISOString() };
}

export function endSession(): string {
  return endCookie(SESSION);
}

function holderBy(by: ProvenBy, { people, identityProviders }: Installation): Holder | undefined {
  if ('token' in by) return holderOfHash(by.token, people, Date.now());
  if (!identityProviders.some(({ name }) => name === by.identity.provider)) return undefined;
  try {
    return holderOfIdentity(by.identity, people);
  } catch {
    return undefined;
  }
}

/** What only this server, or one with its key, can read and make. @param seconds it is good for */
export async function sealCookie(key: ServerKey, name: string, said: JWTPayload, seconds: number): Promise<string> {
  const text = await new EncryptJWT(said)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: name })
    .setExpirationTime(`${Math.ceil(seconds)} s`)
    .encrypt(secretOf(key));
  return serialize(`${HOST}${name}`, text, { ...HELD, maxAge: Math.ceil(seconds) });
}

export async function openCookie<Said>(
  key: ServerKey,
  name: string,
  headers: Headers,
): Promise<(Said & JWTPayload) | undefined> {
  const cookie = `${HOST}${name}`;
  const text = parse(headers.get('cookie') ?? '', cookie)[cookie];
  if (!text) return undefined;
  const terms = { typ: name, keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
  return jwtDecrypt<Said>(text, secretOf(key), { ...terms, requiredClaims: ['exp'] }).then(
    ({ payload }) => payload,
    () => undefined,
  );
}

export function endCookie(name: string): string {
  return serialize(`${HOST}${name}`, '', { ...HELD, maxAge: 0 });
}

/** Of the same key and not the key: what is encrypted says nothing of what is signed. */
function secretOf({ privateKey }: ServerKey): Uint8Array {
  const { d = '' } = privateKey.export({ format: 'jwk' });
  return new Uint8Array(hkdfSync('sha256', Buffer.from(d, 'base64url'), '', 'sluice browser cookies', 32));
}
