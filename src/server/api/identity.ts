/** Which person an identity provider's token proves, by the operator's file. */
import type { JWTPayload } from 'jose';
import { type Holder, holder } from '../../authority/index.ts';
import type { IdentityProvider, Installation } from '../../installation/index.ts';
import { issuerOf, type ProofRefusal, proveClaims, type ReadHeader, valueAt } from '../../intake/index.ts';
import { HttpError } from '../http-error.ts';

/**
 * @returns undefined: there is no token, or none of a provider that the file names
 * @throws HttpError 401 the token is not good, 403 it is of nobody in people, 503 its issuer's keys cannot be read
 */
export async function identityOf(
  { people, identityProviders }: Installation,
  header: ReadHeader,
  now: number,
): Promise<Holder | undefined> {
  const issuer = issuerOf(header);
  const providers = identityProviders.filter((one) => one.issuer === issuer);
  const looks = await Promise.all(
    providers.map(async (provider) => ({ provider, token: await proveClaims(provider, header, now) })),
  );
  const refusals = looks.flatMap(({ token }) => (token.ok ? [] : [token]));
  for (const { provider, token } of looks) {
    if (!token.ok) continue;
    const subject = subjectOf(provider, token.claims);
    const person = people.find(({ oidc }) =>
      oidc.some((one) => one.provider === provider.name && one.subject === subject),
    );
    if (!person) throw unknown(provider, subject);
    return holder({ ...person, groups: groupsOf(provider, person.groups, token.claims) });
  }
  if (refusals[0]) throw refused(refusals.find(({ again }) => again) ?? refusals[0]);
  return undefined;
}

function subjectOf({ person }: IdentityProvider, claims: JWTPayload): string | undefined {
  const value = valueAt(claims, person);
  // anybody may claim an address
  const isTheirs = person !== '/email' || claims.email_verified === true;
  return typeof value === 'string' && isTheirs ? value : undefined;
}

function groupsOf({ groups }: IdentityProvider, known: string[], claims: JWTPayload): string[] {
  if (groups === undefined) return known;
  const claimed = valueAt(claims, groups);
  return Array.isArray(claimed) ? known.filter((group) => claimed.includes(group)) : [];
}

function unknown({ name, person }: IdentityProvider, subject: string | undefined): HttpError {
  const who = subject === undefined ? `without a good ${person}` : JSON.stringify(subject.slice(0, 255));
  const message = `nobody in people of the installation is ${who} to the identity provider ${name}`;
  const remedy = 'ask who runs Sluice for an entry of oidc in people, with this provider and subject';
  return new HttpError(403, { code: 'person-unknown', message, remedy });
}

function refused({ code, message, again }: ProofRefusal): HttpError {
  if (again) return new HttpError(503, { code, message, remedy: 'send it again', retryAfter: 5 });
  return new HttpError(401, { code, message, remedy: 'send a fresh token; sluice login gets one' });
}
