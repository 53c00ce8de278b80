import * as oidc from 'openid-client';

const TIMEOUT_S = 5;

/** As a public client, with what the provider says of itself. @throws the library's errors when it cannot be used or does not answer */
export function connectProvider({ issuer, client }: { issuer: string; client: string }): Promise<oidc.Configuration> {
  const execute = /^http:\/\/(?:127\.0\.0\.1|localhost)[:/]/.test(issuer) ? [oidc.allowInsecureRequests] : [];
  return oidc.discovery(new URL(issuer), client, undefined, oidc.None(), { execute, timeout: TIMEOUT_S });
}
