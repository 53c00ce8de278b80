import { z } from 'zod';
import { dnsLabel, shortText } from '../plan/schema/scalars.ts';
import { list, section } from '../plan/schema/section.ts';
import { expects } from '../plan/wording.ts';
import { algorithms, safeAddress } from './sender-schema.ts';

const POINTER = 'a JSON pointer to a claim, for example /preferred_username';
const claim = z.string({ error: expects(POINTER) }).regex(/^(?:\/[^/\s]{1,100}){1,5}$/, { error: expects(POINTER) });
const client = shortText('the id of a client, for example sluice', 200);
const scopes = list(shortText('a scope, for example openid', 100), 'scopes, for example [openid, email]', { min: 1 });

/** Whose ID tokens say who asks (OpenID Connect Core 1.0, 2). */
const identityProvider = section({
  name: dnsLabel('corp').describe('As `oidc` of people calls it'),
  issuer: safeAddress('https://login.example.com').describe("The tokens' `iss`; `sluice login` asks it how to log in"),
  keys: safeAddress('https://login.example.com/keys').describe('URL of its keys (JWKS)'),
  algorithms: algorithms.default(['RS256']).describe('What it signs with'),
  audience: client.describe("The tokens' `aud`: id of the public client with which `sluice login` logs in"),
  person: claim.default('/sub').describe('Claim that `subject` means; `/email` counts where `email_verified` is true'),
  groups: claim
    .optional()
    .describe('Claim with groups: people are in those that both it and `people` say; default: those of `people`'),
  scopes: scopes.default(['openid', 'email', 'offline_access']).describe('What `sluice login` asks for'),
});

const ENTRY = '{ name: corp, issuer: https://a.example.com, keys: https://a.example.com/keys, audience: sluice }';
export const identityProviders = list(identityProvider, `identity providers, for example [${ENTRY}]`);

export type IdentityProvider = z.output<typeof identityProvider>;
