/** Identity providers by which a person can log in. */
import type { IdentityProvider, Installation } from '../../installation/index.ts';

/** GitHub's, and of a GitHub Enterprise Server: they sign tokens of jobs, and have no page on which to log in. */
const OF_JOBS = /^https:\/\/token\.actions\.githubusercontent\.com(?:\/|$)|\/_services\/token\/?$/;

export function loginProviders({ identityProviders }: Installation): IdentityProvider[] {
  return identityProviders.filter(({ issuer }) => !OF_JOBS.test(issuer));
}
