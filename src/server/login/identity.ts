/** Which person an identity provider's token proves, by the operator's file. */
import { decodeJwt, type JWTPayload } from 'jose';
import { type Holder, holder } from '../../authority/index.ts';
import { valueAt } from '../../contract/json-pointer.ts';
import type { IdentityProvider, Installation, Person } from '../../installation/index.ts';
import { type ProofRefusal, proveClaims } from '../../intake/index.ts';
import { HttpError } from '../http-error.ts';
import { refusedBy } from '../prove-sender.ts';

/** What a provider has proven of somebody. */
export interface Identity {
  provider: string;
  subject: string;
  /** Those of the groups in people that it says; absent: it is not asked. */
  groups?: string[];
}

/**
 * @returns undefined: it is no token of a provider that the file names
 * @throws HttpError 401 the token is not good, 403 it is of nobody in people, 503 its issuer's keys cannot be read
 */
export async function identityOf(file: Installation, token: string, now: number): Promise<Identity | undefined> {
  const issuer = issuerOf(token);
  let refusal: ProofRefusal | undefined;
  for (const provider of file.identityProviders.filter((one) => one.issuer === issuer)) {
    const proven = await proveClaims(provider, token, now);
    if (proven.ok) return claimed(provider, proven.claims, file.people);
    refusal = proven;
  }
  if (refusal) throw refusedBy(refusal, 'send a fresh token; sluice login gets one');
  return undefined;
}

/** Who that is now. @throws HttpError 403: nobody */
export function holderOfIdentity({ provider, subject, groups }: Identity, people: readonly Person[]): Holder {
  const person = personOf(provider, subject, people);
  if (!person) throw unknown(provider, JSON.stringify(subject.slice(0, 255)));
  return holder({ ...person, groups: person.groups.filter((group) => groups?.includes(group) ?? true) });
}

/** Who says that it made the token; nothing is proven by that. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

/** @throws HttpError 403 */
function claimed(provider: IdentityProvider, claims: JWTPayload, people: readonly Person[]): Identity {
  // anybody may claim an address
  const isProven = provider.person !== '/email' || claims.email_verified === true;
  const subject = isProven ? valueAt(claims, provider.person) : undefined;
  if (typeof subject !== 'string') throw unknown(provider.name, `without a ${provider.person}`);
  if (provider.groups === undefined) return { provider: provider.name, subject };
  const said = valueAt(claims, provider.groups);
  const known = personOf(provider.name, subject, people)?.groups ?? [];
  const groups = Array.isArray(said) ? known.filter((group) => said.includes(group)) : [];
  return { provider: provider.name, subject, groups };
}

function personOf(provider: string, subject: string, people: readonly Person[]): Person | undefined {
  return people.find(({ oidc }) => oidc.some((one) => one.provider === provider && one.subject === subject));
}

function unknown(provider: string, who: string): HttpError {
  const message = `nobody in people of the installation is ${who} to the identity provider ${provider}`;
  const remedy = 'ask who runs Sluice for an entry of oidc in people, with this provider and subject';
  return new HttpError(403, { code: 'person-unknown', message, remedy });
}
