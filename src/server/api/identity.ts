/** Which person an identity provider's token proves, by the operator's file. */
import { decodeJwt, type JWTPayload } from 'jose';
import { type Holder, holder } from '../../authority/index.ts';
import type { IdentityProvider, Installation, Person } from '../../installation/index.ts';
import { type ProofRefusal, proveClaims, valueAt } from '../../intake/index.ts';
import { HttpError } from '../http-error.ts';
import { refusedBy } from '../prove-sender.ts';

/**
 * @returns undefined: it is no token of a provider that the file names
 * @throws HttpError 401 the token is not good, 403 it is of nobody in people, 503 its issuer's keys cannot be read
 */
export async function identityOf(file: Installation, token: string, now: number): Promise<Holder | undefined> {
  const issuer = issuerOf(token);
  let refusal: ProofRefusal | undefined;
  for (const provider of file.identityProviders.filter((one) => one.issuer === issuer)) {
    const proven = await proveClaims(provider, token, now);
    if (proven.ok) return personOf(provider, proven.claims, file.people);
    refusal = proven;
  }
  if (refusal) throw refusedBy(refusal, 'send a fresh token; sluice login gets one');
  return undefined;
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
function personOf(provider: IdentityProvider, claims: JWTPayload, people: readonly Person[]): Holder {
  // anybody may claim an address
  const isProven = provider.person !== '/email' || claims.email_verified === true;
  const subject = isProven ? valueAt(claims, provider.person) : undefined;
  const isTheirs = (one: Person['oidc'][number]) => one.provider === provider.name && one.subject === subject;
  const person = people.find(({ oidc }) => oidc.some(isTheirs));
  if (person) return holder({ ...person, groups: groupsOf(provider, person.groups, claims) });
  const who = typeof subject === 'string' ? JSON.stringify(subject.slice(0, 255)) : `without a ${provider.person}`;
  const message = `nobody in people of the installation is ${who} to the identity provider ${provider.name}`;
  const remedy = 'ask who runs Sluice for an entry of oidc in people, with this provider and subject';
  throw new HttpError(403, { code: 'person-unknown', message, remedy });
}

function groupsOf({ groups }: IdentityProvider, known: string[], claims: JWTPayload): string[] {
  if (groups === undefined) return known;
  const claimed = valueAt(claims, groups);
  return Array.isArray(claimed) ? known.filter((group) => claimed.includes(group)) : [];
}
