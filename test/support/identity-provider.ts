/** A real identity provider on this machine, whose people log in without a password; and the browser that they have. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
// @ts-expect-error it brings no types
import Provider from 'oidc-provider';

export interface TestProvider {
  issuer: string;
  /** Who logs in next. */
  person: string;
  /** How long ID tokens are good, s. */
  lifeS: number;
  /** Refuses whoever logs in, as by the cancel button. */
  cancels: boolean;
  /** Every secret that it gave: codes and tokens. */
  given: string[];
  close(): void;
}

export async function startProvider(): Promise<TestProvider> {
  let handle: (...args: unknown[]) => void = () => {};
  const server: Server = createServer((...args) => handle(...args));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const started: TestProvider = {
    ...{ issuer, person: 'ann', lifeS: 3600, cancels: false, given: [] },
    close: () => server.close().closeAllConnections(),
  };
  const provider = new Provider(issuer, await settings(started));
  const callback = provider.callback();
  handle = (request, response) => {
    const { url } = request as { url: string };
    // as far away as a real one, so that what happens at once meets there
    if (url === '/token') return void setTimeout(callback, 400, request, response);
    if (!url.startsWith('/interaction/')) return callback(request, response);
    const result = started.cancels ? { error: 'access_denied' } : { login: { accountId: started.person }, consent: {} };
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  };
  for (const event of ['access_token.saved', 'authorization_code.saved', 'refresh_token.saved', 'device_code.saved'])
    provider.on(event, ({ jti }: { jti: string }) => started.given.push(jti));
  return started;
}

async function settings(started: TestProvider) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const grants = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'];
  const client = { client_id: 'sluice', token_endpoint_auth_method: 'none', application_type: 'native' };
  return {
    clients: [
      {
        ...client,
        grant_types: grants,
        response_types: ['code'],
        redirect_uris: ['http://127.0.0.1/callback', 'http://127.0.0.1/login/callback'],
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: 'k1' }] },
    cookies: { keys: [randomUUID()] },
    features: { devInteractions: { enabled: false }, deviceFlow: { enabled: true }, revocation: { enabled: true } },
    ttl: { IdToken: () => started.lifeS },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    conformIdTokenClaims: false,
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true }),
    }),
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    // whoever logs in has agreed
    // biome-ignore lint/suspicious/noExplicitAny: it brings no types
    loadExistingGrant: async ({ oidc }: any) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid email offline_access');
      await grant.save();
      return grant;
    },
  };
}

/** Follows redirects with its cookies, as a person's browser does. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  /** As headers have them. */
  get cookies(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Lines as servers send them. */
  take(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (line.includes('Max-Age=0')) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }

  /** A form is one of a page of the same server. @returns the last page */
  async visit(url: string, form?: Record<string, string>): Promise<{ status: number; text: string }> {
    const response = await fetch(url, {
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
      headers: { cookie: this.cookies, ...(form && { origin: new URL(url).origin }) },
      redirect: 'manual',
    });
    this.take(response.headers.getSetCookie());
    const next = response.headers.get('location');
    if (next) return this.visit(new URL(next, url).href);
    return { status: response.status, text: await response.text() };
  }
}
