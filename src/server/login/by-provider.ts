/** Login by an identity provider: code flow with PKCE (RFC 7636), which ends in the browser that began it. */
import * as oidc from 'openid-client';
import type { IdentityProvider, Installation } from '../../installation/index.ts';
import { connectProvider } from '../../intake/connect-provider.ts';
import { isLoopback } from '../../network/address.ts';
import { codeOf } from '../../network/error-code.ts';
import { HttpError } from '../http-error.ts';
import { neededKey } from '../perform.ts';
import { holderOfIdentity, type Identity, identityOf } from './identity.ts';
import { loginProviders } from './providers.ts';
import { endCookie, openCookie, sealCookie } from './session.ts';

export const CALLBACK = '/login/callback';
const BEGUN = 'sluice-login';
const LIFE_S = 600;

interface Begun {
  provider: string;
  verifier: string;
  state: string;
  nonce: string;
  to: string;
}

/** @returns where the browser goes, and the cookie by which it is known when it comes back */
export async function beginLogin(installation: Installation, request: Request, name: string, to: string) {
  const provider = providerOf(installation, name);
  const key = await neededKey(installation);
  const redirect = `${originOf(installation, request)}${CALLBACK}`;
  const begun = {
    provider: name,
    verifier: oidc.randomPKCECodeVerifier(),
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    to,
  };
  const config = await connect(provider);
  const { href } = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    // nothing is asked for while they are away
    scope: provider.scopes.filter((scope) => scope !== 'offline_access').join(' '),
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(begun.verifier),
    code_challenge_method: 'S256',
  });
  return { href, cookie: await sealCookie(key, BEGUN, begun, LIFE_S) };
}

/** @returns who it is, where they wanted to go, and what takes the cookie away  @throws HttpError that says why it is nobody */
export async function endLogin(
  installation: Installation,
  request: Request,
): Promise<{ identity: Identity; to: string; cookie: string }> {
  const begun = await openCookie<Begun>(await neededKey(installation), BEGUN, request.headers);
  if (!begun) throw new HttpError(403, NOT_BEGUN);
  const provider = providerOf(installation, begun.provider);
  const { verifier: pkceCodeVerifier, state: expectedState, nonce: expectedNonce, to } = begun;
  const back = new URL(`${originOf(installation, request)}${CALLBACK}${new URL(request.url).search}`);
  const config = await connect(provider);
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  const tokens = await oidc.authorizationCodeGrant(config, back, checks).catch(explain(provider));
  const identity = await identityOf(installation, tokens.id_token ?? '', Date.now());
  if (!identity) throw new HttpError(403, NOT_BEGUN);
  // somebody, and of the file
  holderOfIdentity(identity, installation.people);
  return { identity, to, cookie: endCookie(BEGUN) };
}

/** Whether people can come back from a provider: to the address that the installation names, or to this machine. */
export function canReturn(installation: Installation, request: Request): boolean {
  return installation.web.address !== undefined || isLoopback(new URL(request.url).hostname);
}

function originOf(installation: Installation, request: Request): string {
  if (canReturn(installation, request)) return new URL(installation.web.address ?? request.url).origin;
  const message = 'the server does not know where browsers reach it';
  throw new HttpError(503, {
    code: 'no-address',
    message,
    remedy: 'write web: { address: https://… } in the installation',
  });
}

function providerOf(installation: Installation, name: string): IdentityProvider {
  const providers = loginProviders(installation);
  const found = providers.find((one) => one.name === name);
  if (found) return found;
  const names = providers.map((one) => one.name).join(', ') || 'there is none';
  const message = 'there is no such identity provider';
  throw new HttpError(404, { code: 'provider-unknown', message, remedy: `one of identityProviders: ${names}` });
}

function connect(provider: IdentityProvider): Promise<oidc.Configuration> {
  return connectProvider({ ...provider, client: provider.audience }).catch(explain(provider));
}

/** By codes alone: what a provider writes beside them may repeat a secret. */
function explain({ name }: IdentityProvider): (error: unknown) => never {
  return (thrown) => {
    const { error, code } = Object(thrown) as Record<string, unknown>;
    const again = 'log in again';
    if (error) throw new HttpError(403, { code: 'login-refused', message: `${name} says ${error}`, remedy: again });
    if (code === 'OAUTH_INVALID_RESPONSE') throw new HttpError(403, NOT_BEGUN);
    throw new HttpError(503, {
      code: 'provider-away',
      message: `${name} cannot be used (${codeOf(thrown)})`,
      remedy: again,
      retryAfter: 5,
    });
  };
}

const NOT_BEGUN = {
  code: 'login-not-begun',
  message: 'this browser has not begun this login, or too long ago',
  remedy: 'log in again',
};
