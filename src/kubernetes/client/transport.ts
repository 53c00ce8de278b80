/** HTTP to the API server: two connection pools, timeouts, a size cap, and every failure as a ClusterError. */
import { createHash } from 'node:crypto';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { LONGEST_RETRY_AFTER_MS } from '../../contract/time-limits.ts';
import { abortable } from '../../network/abortable.ts';
import { readUpTo } from '../../network/read-up-to.ts';
import { type Access, type CredentialOptions, CredentialSource } from './credentials.ts';
import { ClusterError, type ClusterErrorReason, type ClusterVerb, reasonOfStatus } from './errors.ts';

export interface ApiCall {
  verb: ClusterVerb;
  /** `Deployment demo/reviews-v1`, for messages. */
  object: string;
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal | undefined;
}

export interface TransportOptions extends CredentialOptions {
  /** ms for a whole request. */
  requestTimeoutMs: number;
  /** Largest answer that is read, bytes. */
  maxResponseBytes: number;
}

interface Pools {
  fingerprint: string;
  /** Requests that end soon share few connections. */
  requests: Dispatcher;
  /** Each watch holds a connection, so watches must not use up those of requests. */
  watches: Dispatcher;
}

/** Enough for all activities of a worker without opening a connection for each. */
const REQUEST_CONNECTIONS = 32;

export class Transport {
  readonly #options: TransportOptions;
  readonly #credentials: CredentialSource;
  #pools: Pools | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#credentials = new CredentialSource(options);
  }

  /** @returns the parsed JSON answer of a successful request */
  async json(call: ApiCall): Promise<unknown> {
    const timeout = AbortSignal.timeout(this.#options.requestTimeoutMs);
    const signal = call.signal ? AbortSignal.any([timeout, call.signal]) : timeout;
    try {
      const response = await this.#send(call, signal, 'requests');
      const text = await readText(call, response, this.#options.maxResponseBytes);
      return parse(call, text, response.statusCode);
    } catch (error) {
      throw explain(call, error, timeout);
    }
  }

  /**
   * Lines of a streamed answer, until the server ends it.
   * @param idleMs without a byte for this long the stream is given up with reason `timeout`
   * @param onOpen the server has taken the request
   */
  async *lines(call: ApiCall & { signal: AbortSignal }, idleMs: number, onOpen: () => void): AsyncGenerator<string> {
    const connect = new AbortController();
    const timer = setTimeout(() => connect.abort(), this.#options.requestTimeoutMs);
    try {
      const response = await this.#send(call, AbortSignal.any([connect.signal, call.signal]), 'watches', idleMs);
      clearTimeout(timer);
      onOpen();
      yield* splitLines(call, response.body, this.#options.maxResponseBytes);
    } catch (error) {
      throw explain(call, error, connect.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    const pools = this.#pools;
    this.#pools = undefined;
    if (pools) await Promise.all([pools.requests.destroy(), pools.watches.destroy()]);
  }

  /** One request; a refused credential is read again once, because token files rotate. */
  async #send(call: ApiCall, signal: AbortSignal, pool: 'requests' | 'watches', idleMs?: number) {
    const first = await this.#attempt(call, signal, pool, idleMs);
    if (first.statusCode < 300) return first;
    if (first.statusCode !== 401) throw await refusal(call, first);
    await first.body.dump();
    this.#credentials.expire();
    const second = await this.#attempt(call, signal, pool, idleMs);
    if (second.statusCode >= 300) throw await refusal(call, second);
    return second;
  }

  async #attempt(
    call: ApiCall,
    signal: AbortSignal,
    pool: 'requests' | 'watches',
    idleMs = this.#options.requestTimeoutMs,
  ) {
    // An exec plugin or a slow disk must not outlast the request's own timeout.
    const access = await abortable(this.#credentials.current(), signal).catch((error: unknown) => {
      throw signal.aborted ? error : noCredentials(call, error);
    });
    const { origin, pathname } = new URL(access.server);
    return this.#poolsFor(access)[pool].request({
      origin,
      path: pathname.replace(/\/$/, '') + call.path,
      method: call.method,
      query: call.query ?? {},
      headers: {
        ...access.headers,
        accept: 'application/json',
        'user-agent': 'sluice',
        ...(call.body !== undefined && { 'content-type': call.contentType ?? 'application/json' }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal,
      headersTimeout: this.#options.requestTimeoutMs,
      bodyTimeout: idleMs,
    });
  }

  /** Connections are kept for as long as the TLS identity stays the same. */
  #poolsFor(access: Access): Pools {
    const fingerprint = fingerprintOf(access);
    if (this.#pools?.fingerprint === fingerprint) return this.#pools;
    const old = this.#pools;
    this.#pools = { fingerprint, requests: makePool(access, REQUEST_CONNECTIONS), watches: makePool(access, null) };
    // Requests under way finish on the old connections; watches end there and reconnect.
    if (old) for (const pool of [old.requests, old.watches]) pool.close().catch(() => undefined);
    return this.#pools;
  }
}

function fingerprintOf({ server, tls, proxy }: Access): string {
  const parts = [server, proxy, tls.ca, tls.cert, tls.key, tls.rejectUnauthorized, tls.servername];
  return createHash('sha256')
    .update(JSON.stringify(parts.map((part) => String(part))))
    .digest('hex');
}

function makePool({ tls, proxy }: Access, connections: number | null): Dispatcher {
  const shared = { connections, allowH2: false, keepAliveTimeout: 30_000, connectTimeout: 5_000 };
  if (proxy) return new ProxyAgent({ ...shared, uri: proxy, requestTls: tls });
  return new Agent({ ...shared, connect: { ...tls, keepAlive: true, keepAliveInitialDelay: 30_000 } });
}

async function readText(call: ApiCall, response: Dispatcher.ResponseData, limit: number): Promise<string> {
  const text = await readUpTo(response.body, limit);
  if (text === undefined) throw failure(call, 'badAnswer', { said: `the answer is larger than ${limit} bytes` });
  return text;
}

async function* splitLines(call: ApiCall, body: AsyncIterable<Buffer>, limit: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > limit) throw failure(call, 'badAnswer', { said: `an event is larger than ${limit} bytes` });
    for (const line of lines) if (line !== '') yield line;
  }
}

function parse(call: ApiCall, text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw failure(call, 'badAnswer', { status, said: 'the answer is not JSON' });
  }
}

/** The parts of a `Status` object that are used; proxies in between may answer anything else. */
interface Status {
  message?: unknown;
  details?: { retryAfterSeconds?: unknown; causes?: unknown[]; kind?: unknown };
}

async function refusal(call: ApiCall, response: Dispatcher.ResponseData): Promise<ClusterError> {
  const status = response.statusCode;
  const text = await readText(call, response, 1 << 20);
  const body = readStatus(text);
  const said = typeof body?.message === 'string' ? body.message : undefined;
  const retryAfterMs = retryAfter(response.headers['retry-after'], body);
  return failure(call, reasonOf(call, status, body, said), {
    status,
    ...(said !== undefined && { said }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** A webhook or policy that says no may do so with any status, also with those of a conflict or of lost credentials. */
const DENIED =
  /^admission webhook "[^"]*" denied the request|ValidatingAdmissionPolicy '[a-z0-9.-]+' with binding '[a-z0-9.-]+' denied request/;

function reasonOf(
  call: ApiCall,
  status: number,
  body: Status | undefined,
  said: string | undefined,
): ClusterErrorReason {
  if (said !== undefined && DENIED.test(said)) return 'forbidden';
  return isFailedTest(call, status, body) ? 'conflict' : reasonOfStatus(status);
}

function readStatus(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A JSON Patch whose `test` does not hold is a 422 like a validation error, but about no kind and no field
 * (`NewGenericServerResponse` in k8s.io/apimachinery): the object changed after we read it.
 */
function isFailedTest(call: ApiCall, status: number, body: Status | undefined): boolean {
  if (call.verb !== 'patch' || status !== 422) return false;
  const tests = Array.isArray(call.body) && call.body.some((operation) => operation?.op === 'test');
  return tests && !body?.details?.causes?.length;
}

/** ms, capped; a date is left out, as it is of another clock. */
function retryAfter(header: string | string[] | undefined, body: Status | undefined): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  const seconds = text === undefined ? body?.details?.retryAfterSeconds : Number(text);
  if (typeof seconds !== 'number' || !(seconds > 0)) return undefined;
  return Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS);
}

function failure(
  call: ApiCall,
  reason: ClusterErrorReason,
  details: { status?: number; said?: string; retryAfterMs?: number },
): ClusterError {
  return new ClusterError({ verb: call.verb, object: call.object, reason, ...details });
}

/** A missing file is named; what a credential plugin printed is not repeated, it may be a credential. */
function noCredentials(call: ApiCall, error: unknown): ClusterError {
  const said = codeOf(error) ? messageOf(error) : 'the credential plugin failed';
  return failure(call, 'unauthorized', { said: `no credentials: ${said}` });
}

/** A caller's abort stays the caller's reason; everything else becomes a ClusterError. */
function explain(call: ApiCall, error: unknown, timeout: AbortSignal): unknown {
  if (error instanceof ClusterError) return error;
  if (call.signal?.aborted) return call.signal.reason;
  if (timeout.aborted) return failure(call, 'timeout', {});
  const code = codeOf(error);
  const timedOut = code === 'UND_ERR_BODY_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT';
  return failure(call, timedOut ? 'timeout' : 'network', { said: code ?? messageOf(error) });
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
