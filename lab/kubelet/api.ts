import { readFileSync } from 'node:fs';
import { Agent, type Dispatcher } from 'undici';
import { parse } from 'yaml';
import type { WatchEvent } from '../../src/kubernetes/client/client.ts';

const REQUEST_TIMEOUT_MS = 10_000;
// The API server sends a bookmark about once a minute; a watch that is silent for longer is dead.
const WATCH_SILENCE_MS = 90_000;
const MAX_CONNECTIONS = 16;

/** The API server refused: the HTTP status and the message of its Status object. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Query = Record<string, string | number | boolean>;

export interface RequestOptions {
  body?: unknown;
  /** Default `application/json`. */
  contentType?: string;
  query?: Query;
}

/** A few JSON requests over kept-alive connections: the kubelet starts in a tenth of the time a full client needs. */
export class KubeApi {
  #origin: string;
  #agent: Agent;

  /** @throws Error when the kubeconfig has no current context with a server and a client certificate */
  constructor(kubeconfig: string) {
    const { server, ca, cert, key } = readKubeconfig(kubeconfig);
    this.#origin = server;
    this.#agent = new Agent({
      connections: MAX_CONNECTIONS,
      connect: { ca, cert, key, timeout: 5000 },
      headersTimeout: REQUEST_TIMEOUT_MS,
      bodyTimeout: WATCH_SILENCE_MS,
      keepAliveTimeout: 60_000,
    });
  }

  /** @throws ApiError for every answer of 300 and above; a network error as undici throws it */
  async request<T>(method: Dispatcher.HttpMethod, path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.#send(method, path, options, AbortSignal.timeout(REQUEST_TIMEOUT_MS));
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new ApiError(response.statusCode, messageOf(text));
    return JSON.parse(text) as T;
  }

  /** Events until the server ends the watch (after `timeoutSeconds`), the signal does, or it falls silent (throws). */
  async *watch<T>(path: string, query: Query, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const response = await this.#send('GET', path, { query: { ...query, watch: true } }, signal);
    if (response.statusCode >= 300) throw new ApiError(response.statusCode, messageOf(await response.body.text()));
    let rest = '';
    for await (const chunk of response.body.setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as WatchEvent<T>;
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  #send(
    method: Dispatcher.HttpMethod,
    path: string,
    { body, contentType = 'application/json', query }: RequestOptions,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    return this.#agent.request({
      origin: this.#origin,
      method,
      path,
      query,
      signal,
      headers: { accept: 'application/json', 'user-agent': 'lab-kubelet', 'content-type': contentType },
      body: body === undefined ? null : JSON.stringify(body),
    });
  }
}

interface Kubeconfig {
  'current-context': string;
  contexts: { name: string; context: { cluster: string; user: string } }[];
  clusters: { name: string; cluster: Record<string, string> }[];
  users: { name: string; user: Record<string, string> }[];
}

function readKubeconfig(file: string): { server: string; ca: Buffer; cert: Buffer; key: Buffer } {
  const config = parse(readFileSync(file, 'utf8')) as Kubeconfig;
  const context = config.contexts.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users.find(({ name }) => name === context?.user)?.user;
  if (!cluster?.server || !user)
    throw new Error(`${file}: the current context names no cluster with a server or no user`);
  const read = (from: Record<string, string>, field: string) => {
    const data = from[`${field}-data`];
    if (data) return Buffer.from(data, 'base64');
    if (!from[field]) throw new Error(`${file}: ${field} is missing`);
    return readFileSync(from[field]);
  };
  return {
    server: cluster.server,
    ca: read(cluster, 'certificate-authority'),
    cert: read(user, 'client-certificate'),
    key: read(user, 'client-key'),
  };
}

function messageOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? text.slice(0, 200));
  } catch {
    return text.slice(0, 200);
  }
}
