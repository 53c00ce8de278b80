/** Who we are to which API server: kubeconfig or ServiceAccount in, headers and TLS material out. */
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { isLoopback } from '../../network/address.ts';

export interface CredentialOptions {
  /** Path of a kubeconfig; absent: `KUBECONFIG`, `~/.kube/config`, then the pod's ServiceAccount. */
  kubeconfig?: string;
  /** Context of the kubeconfig; absent: its current one. */
  context?: string;
}

export interface Access {
  /** `https://host:port` with an optional path, without a trailing slash. */
  server: string;
  headers: Record<string, string>;
  tls: {
    ca?: string | Buffer | (string | Buffer)[];
    cert?: string | Buffer | (string | Buffer)[];
    key?: string | Buffer;
    rejectUnauthorized?: boolean;
    servername?: string;
  };
  /** `http://host:port` of a forward proxy. */
  proxy?: string;
}

/** How long headers and key files are reused before they are read again, ms. */
const REUSE_MS = 30_000;

/** Keeps credentials fresh: tokens and certificates in files rotate while we run. */
export class CredentialSource {
  readonly #options: CredentialOptions;
  #config: KubeConfig;
  #access: Promise<Access> | undefined;
  #readAt = 0;

  /** @throws Error that names the file or context when the kubeconfig cannot be used */
  constructor(options: CredentialOptions) {
    this.#config = load(options);
    // what is read again is about the same cluster, whatever people make their current context meanwhile
    this.#options = { ...options, context: this.#config.getCurrentContext() };
  }

  current(): Promise<Access> {
    if (!this.#access || Date.now() - this.#readAt > REUSE_MS) {
      this.#readAt = Date.now();
      this.#access = accessOf(this.#config);
      this.#access.catch(() => this.expire());
    }
    return this.#access;
  }

  /** The API server refused what we have: read everything again at the next use. */
  expire(): void {
    this.#access = undefined;
    try {
      this.#config = load(this.#options);
    } catch {
      // A kubeconfig that is being replaced right now: what was read before stays in use.
    }
  }
}

function load({ kubeconfig, context }: CredentialOptions): KubeConfig {
  const config = new KubeConfig();
  const place = kubeconfig ?? 'the default kubeconfig';
  try {
    if (kubeconfig) config.loadFromFile(kubeconfig);
    else config.loadFromDefault();
  } catch (error) {
    throw new Error(`cannot read ${place}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    const known = config.getContexts().map((item) => item.name);
    throw new Error(
      `${place} has no usable context "${config.getCurrentContext()}"; contexts: ${known.join(', ') || 'none'}`,
    );
  }
  if (isFallback(cluster)) {
    throw new Error('no cluster: set KUBECONFIG or name a kubeconfig file, or run in a pod with a ServiceAccount');
  }
  if (cluster.proxyUrl?.startsWith('socks')) {
    throw new Error(`${place}: a SOCKS proxy is not supported; use an http proxy or none`);
  }
  // The library refuses plain http unless told not to verify TLS, which plain http does not have.
  if (!cluster.server.startsWith('http:')) return config;
  if (!isLoopback(new URL(cluster.server).hostname) && !cluster.skipTLSVerify)
    throw new Error(`${place}: credentials would go to ${cluster.server} readable on the way; write https://`);
  config.clusters = config.clusters.map((item) =>
    item.name === cluster.name ? { ...item, skipTLSVerify: true } : item,
  );
  return config;
}

/** What `loadFromDefault` makes up when it finds nothing. */
function isFallback(cluster: { name: string; server: string }): boolean {
  return cluster.name === 'cluster' && cluster.server === 'http://localhost:8080';
}

async function accessOf(config: KubeConfig): Promise<Access> {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('the kubeconfig has no current cluster');
  const options: RequestOptions & { ca?: Buffer; cert?: Buffer; key?: Buffer; servername?: string } = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value).trim();
  if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key, rejectUnauthorized, servername }).filter(([, value]) => value !== undefined),
  );
  return {
    server: cluster.server.replace(/(?<!\/)\/+$/, ''),
    headers,
    tls,
    ...(cluster.proxyUrl && { proxy: cluster.proxyUrl }),
  };
}
