/** Stands between Sluice and an HTTP server and breaks what a test asks for; everything else passes unchanged. */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export type Fault =
  /** The server gets it, the answer is lost. */
  | { kind: 'cut' }
  /** The connection breaks before the server gets anything. */
  | { kind: 'drop' }
  /** Forwarded when `release` resolves, also when the sender is gone by then. */
  | { kind: 'hold'; release: Promise<void>; arrived: () => void }
  | { kind: 'delay'; ms: number }
  /** Answered here: the server gets nothing. `body` is sent as JSON; absent: a `Status` of the Kubernetes API. */
  | { kind: 'answer'; status: number; retryAfterS?: number; body?: unknown }
  /** The server gets it two times; the second answer is passed on. */
  | { kind: 'twice' }
  /** A whole answer that ends in the middle of its JSON. */
  | { kind: 'truncate' }
  /** The first answer to this URL, again and again. */
  | { kind: 'stale' }
  /** A watch that ends by itself after a while; `gone`: as one does whose resource version is too old. */
  | { kind: 'endWatch'; afterMs: number; gone?: boolean };

export interface FaultRule {
  /** Requests that the rule is for. */
  match: (method: string, path: string) => boolean;
  fault: Fault;
  /** How often; default once. */
  times?: number;
  /** Share of the matching requests that meet the fault, 0 to 1; default all. */
  share?: number;
}

export interface Upstream {
  url: string;
  /** Credentials for it. */
  tls?: Pick<RequestOptions, 'ca' | 'cert' | 'key'>;
}

interface Answer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Buffer;
}

/** Of PromQL: `@ 12.345`, `offset 400ms`, `[400ms:5ms]`. */
const MOMENTS = /@ [\d.]+|\d+ms/g;

export class FaultProxy {
  readonly url: string;
  readonly rules: FaultRule[] = [];
  /** Requests that met a fault. */
  hits = 0;
  private readonly server: Server;
  private readonly upstream: Upstream;
  private readonly random: () => number;
  private readonly remembered = new Map<string, Answer>();

  protected constructor(server: Server, upstream: Upstream, random: () => number) {
    this.server = server;
    this.upstream = upstream;
    this.random = random;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => {
      this.pass(request, response).catch(() => request.socket.destroy());
    });
  }

  /** @param random decides what `share` means; seed it to make a run again */
  static async open(upstream: Upstream, random: () => number = Math.random): Promise<FaultProxy> {
    return new FaultProxy(await listening(), upstream, random);
  }

  /** Adds a rule. @returns it, so that `times: 0` ends it early */
  add(rule: FaultRule): FaultRule {
    this.rules.push(rule);
    return rule;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const fault = this.take(method, url);
    const body = await buffer(request);
    if (!fault) return this.forward(request, body, response);
    this.hits += 1;
    await this.inject(fault, request, body, response);
  }

  private take(method: string, url: string): Fault | undefined {
    // what is only tried beforehand is none of the writes that a fault is meant for
    if (url.includes('dryRun=All')) return undefined;
    const rule = this.rules.find(({ match, times }) => times !== 0 && match(method, url));
    if (!rule || this.random() >= (rule.share ?? 1)) return undefined;
    rule.times = (rule.times ?? 1) - 1;
    return rule.fault;
  }

  private async inject(fault: Fault, request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    switch (fault.kind) {
      case 'drop':
        request.socket.destroy();
        return;
      case 'cut':
        await this.fetch(request, body);
        request.socket.destroy();
        return;
      case 'hold':
        fault.arrived();
        await fault.release;
        return send(response, await this.fetch(request, body));
      case 'delay':
        await sleep(fault.ms);
        return this.forward(request, body, response);
      case 'answer':
        return send(response, answerOf(fault));
      case 'twice':
        await this.fetch(request, body);
        return send(response, await this.fetch(request, body));
      case 'truncate':
        return send(response, truncated(await this.fetch(request, body)));
      case 'stale':
        return send(response, await this.first(request, body));
      case 'endWatch':
        setTimeout(() => endWatch(response, fault.gone), fault.afterMs);
        return this.forward(request, body, response);
    }
  }

  private async first(request: IncomingMessage, body: Buffer): Promise<Answer> {
    // a query that is asked again names other moments
    const asked = decodeURIComponent(`${request.url} ${body}`.replaceAll('+', ' ')).replace(MOMENTS, '');
    const key = `${request.method} ${asked}`;
    const known = this.remembered.get(key) ?? (await this.fetch(request, body));
    this.remembered.set(key, known);
    return known;
  }

  /** Passes the answer on as it comes: a watch never ends. */
  private async forward(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const forwarded = this.send(request, body, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    forwarded.on('error', () => request.socket.destroy());
    response.on('close', () => forwarded.destroy());
  }

  private fetch(request: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = this.send(request, body, (answer) => {
        buffer(answer).then(
          (body) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body }),
          reject,
        );
      });
      sent.on('error', reject);
    });
  }

  private send({ method, url, headers }: IncomingMessage, body: Buffer, answered: (answer: IncomingMessage) => void) {
    const target = new URL(url ?? '/', this.upstream.url);
    const start = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const options = { ...this.upstream.tls, method, headers: { ...headers, host: target.host } };
    return start(target, options, answered).end(body);
  }
}

/** An HTTP server on a free port of the loopback interface. */
export async function listening(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const { 'transfer-encoding': _, ...others } = headers;
  response.writeHead(status, { ...others, 'content-length': body.length });
  response.end(body);
}

function answerOf({ status, retryAfterS, body }: Fault & { kind: 'answer' }): Answer {
  const said = body ?? {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: status,
    message: 'injected by a test',
  };
  return {
    status,
    headers: { 'content-type': 'application/json', ...(retryAfterS && { 'retry-after': String(retryAfterS) }) },
    body: Buffer.from(JSON.stringify(said)),
  };
}

function truncated(answer: Answer): Answer {
  return { ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length / 2)) };
}

/** As the API server says it in the stream: `ERROR` with code 410. */
const GONE = {
  type: 'ERROR',
  object: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 410, reason: 'Expired', message: 'too old' },
};

function endWatch(response: ServerResponse, gone = false): void {
  if (response.writableEnded || response.destroyed) return;
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' });
  response.end(gone ? `${JSON.stringify(GONE)}\n` : undefined);
}
