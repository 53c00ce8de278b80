/** How a metric source is reached and who asks: trust, certificates, proxy, headers. */
import { X509Certificate } from 'node:crypto';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { walledConnect } from '../network/walled-connect.ts';

/** `none`: never one; absent in `ConnectionOptions`: what HTTP_PROXY, HTTPS_PROXY and NO_PROXY say. */
export type ProxyChoice = 'none' | { address: string; authorization?: string };

export interface ConnectionOptions {
  /** Sent with every request, `authorization` among them. Secret: never shown. */
  headers?: Readonly<Record<string, string>>;
  /** PEM of the authorities that are believed. Default: those of Node. */
  ca?: string;
  /** PEM of the client certificate and its key. */
  certificate?: string;
  key?: string;
  /** Name that the server's certificate must be for. Default: the host of the address. */
  serverName?: string;
  proxy?: ProxyChoice;
  /** Never to this machine, its link or its cloud's metadata; past every proxy, which would look up names itself. */
  remoteOnly?: boolean;
}

const CONNECTIONS = 4;

export function dispatcherOf({ proxy, remoteOnly, ...options }: ConnectionOptions, timeoutMs: number): Dispatcher {
  const tls = tlsOf(options);
  const direct = { connections: CONNECTIONS, connect: { timeout: timeoutMs, ...tls } };
  if (remoteOnly) return new Agent({ ...direct, connect: walledConnect(direct.connect) });
  if (proxy === 'none') return new Agent(direct);
  const { address, authorization } = proxy ?? {};
  return new EnvHttpProxyAgent({
    ...direct,
    connectTimeout: timeoutMs,
    requestTls: tls,
    ...(address && { httpProxy: address, httpsProxy: address, noProxy: '' }),
    ...(authorization && { token: authorization }),
  });
}

/** When the client certificate ends, ms; undefined without one. */
export function certificateEndsMs({ certificate }: ConnectionOptions): number | undefined {
  return certificate === undefined ? undefined : Date.parse(new X509Certificate(certificate).validTo);
}

/** When a bearer token says itself that it ends, ms: `exp` of RFC 7519, section 4.1.4. Undefined for all others. */
export function tokenEndsMs({ headers = {} }: ConnectionOptions): number | undefined {
  const [, payload] = /^Bearer [\w-]+\.([\w-]+)\.[\w-]*$/.exec(headers.authorization ?? '') ?? [];
  if (payload === undefined) return undefined;
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

function tlsOf({ ca, certificate, key, serverName }: ConnectionOptions) {
  return {
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: certificate, key }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}
