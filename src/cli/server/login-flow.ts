/** How people log in: by the browser of this machine, or of another one by a code. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as oidc from 'openid-client';
import { connectProvider } from '../../intake/connect-provider.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { explain, loginOf, type Tokens } from './identity-provider.ts';
import type { Login, ProviderTerms } from './logins.ts';

interface LoginPrompt {
  /** With the browser of another machine. */
  device?: boolean;
  /** Shows one line to the person. */
  tell(line: string): void;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** Of 127.0.0.1, where the browser comes back to; 0 takes a free one. */
  port: number;
}

/** @throws CliError that says why nobody is logged in */
export async function logIn(terms: ProviderTerms, prompt: LoginPrompt): Promise<Login> {
  const flow = prompt.device ? byDevice : byBrowser;
  const ask = async () => flow(await connectProvider(terms), terms.scope, prompt);
  const tokens = await ask().catch((error) => {
    if (prompt.signal.aborted) throw new CliError(EXIT.interrupted, 'interrupted', 'Nothing was changed.');
    return explain(terms)(error);
  });
  return loginOf(terms, tokens);
}

/** Device flow (RFC 8628). */
async function byDevice(config: oidc.Configuration, scope: string, { tell, signal }: LoginPrompt): Promise<Tokens> {
  if (!config.serverMetadata().device_authorization_endpoint)
    throw new CliError(EXIT.notAllowed, 'the identity provider has no device flow', 'Log in without --device.');
  const started = await oidc.initiateDeviceAuthorization(config, { scope });
  tell(`Open ${started.verification_uri} in any browser and enter ${started.user_code}`);
  return oidc.pollDeviceAuthorizationGrant(config, started, undefined, { signal });
}

/** Code flow with PKCE, which comes back to a port of ours (RFC 8252, RFC 7636). */
async function byBrowser(config: oidc.Configuration, scope: string, prompt: LoginPrompt): Promise<Tokens> {
  const [pkceCodeVerifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
  const { redirect, answer, close } = await listen(state, prompt);
  try {
    const challenge = await oidc.calculatePKCECodeChallenge(pkceCodeVerifier);
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
    const { href } = oidc.buildAuthorizationUrl(config, { redirect_uri: redirect, scope, state, nonce, ...pkce });
    prompt.tell(`Log in with your browser; if it does not open: ${href}`);
    openBrowser(href);
    const checks = { pkceCodeVerifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
    return await oidc.authorizationCodeGrant(config, await answer, checks);
  } finally {
    close();
  }
}

/** @returns answer: the address to which the browser came back */
async function listen(state: string, { port, signal }: LoginPrompt) {
  const { promise: answer, resolve, reject } = Promise.withResolvers<URL>();
  answer.catch(() => {});
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '', redirect);
    // others on this machine may knock as well
    const isOurs = url?.pathname === '/callback' && url.searchParams.get('state') === state;
    response.writeHead(isOurs ? 200 : 404, { 'content-type': 'text/plain', connection: 'close' });
    response.end(isOurs ? 'Go back to the terminal.\n' : 'There is nothing here.\n', () => isOurs && resolve(url));
  });
  await once(server.listen(port, '127.0.0.1'), 'listening').catch(({ code }: NodeJS.ErrnoException) => {
    throw new CliError(EXIT.usage, `port ${port} cannot be used: ${code}`, 'Name another one with --port.');
  });
  const redirect = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return { redirect, answer, close: () => server.close().closeAllConnections() };
}

const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'explorer' };

/** The address was shown: nothing is lost where there is no browser. */
function openBrowser(href: string): void {
  if (!/^https?:/.test(href)) return;
  const program = process.env.BROWSER || (OPENERS[process.platform] ?? 'xdg-open');
  const child = spawn(program, [href], { stdio: 'ignore', detached: true });
  child.on('error', () => {}).unref();
}
