/** The identity provider as `sluice login` needs it: what it says of itself, and its tokens (OpenID Connect Core 1.0). */
import * as oidc from 'openid-client';
import { connectProvider } from '../../intake/connect-provider.ts';
import { codeOf } from '../../network/error-code.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { EMERGENCY } from './ask-server.ts';
import { keepLogin, type Login, type ProviderTerms, readLogins, whileLocked } from './logins.ts';

export type Tokens = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

/** A token that ends sooner is refreshed, so that it is good when it arrives. */
const MARGIN_MS = 60_000;

/** What is kept of the tokens. @throws CliError when there is no ID token */
export function loginOf({ provider, issuer, client, scope }: ProviderTerms, tokens: Tokens): Login {
  const { id_token: idToken, refresh_token: refreshToken } = tokens;
  const expires = new Date((tokens.claims()?.exp ?? 0) * 1000).toISOString();
  if (idToken) return { provider, issuer, client, scope, idToken, expires, refreshToken };
  throw new CliError(EXIT.notAllowed, `the identity provider ${provider} gave no ID token`);
}

/** @returns the token of `sluice login` for this server, fresh; undefined: nobody is logged in  @throws CliError when it cannot be refreshed */
export async function loginToken(server: string, mayWait = true): Promise<string | undefined> {
  const login = (await readLogins())[server];
  if (!login || Date.parse(login.expires) > Date.now() + MARGIN_MS) return login?.idToken;
  // another process may be doing it
  if (mayWait) return whileLocked(() => loginToken(server, false));
  const { refreshToken } = login;
  if (!refreshToken) return explain(login)({ error: 'login_required' });
  const refresh = async () => oidc.refreshTokenGrant(await connectProvider(login), refreshToken);
  const next = loginOf(login, await refresh().catch(explain(login)));
  await keepLogin(server, { ...next, refreshToken: next.refreshToken ?? refreshToken });
  return next.idToken;
}

/** Ends it at the provider (RFC 7009), so that nothing more comes of it. @throws the library's errors */
export async function revoke(login: Login): Promise<void> {
  await oidc.tokenRevocation(await connectProvider(login), login.refreshToken ?? login.idToken);
}

/** Says what went wrong by codes alone: what a provider writes beside them may repeat a token. */
export function explain({ provider }: ProviderTerms): (error: unknown) => never {
  return (error) => {
    if (error instanceof CliError) throw error;
    const { error: refusal } = Object(error) as Record<string, unknown>;
    const it = `the identity provider ${provider}`;
    if (refusal) throw new CliError(EXIT.notAllowed, `${it} says ${refusal}`, 'Log in with: sluice login');
    throw new CliError(EXIT.unreachable, `${it} cannot be used (${codeOf(error)})`, EMERGENCY);
  };
}
