import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { Server, type Socket } from 'node:net';
import { pathOf, probeId } from './request.ts';
import type { RequestRecord } from './request-log.ts';

/** A request that ended, and whether the kubelet sent it. */
export interface SeenRequest extends RequestRecord {
  probe: boolean;
  /** gRPC status of the answer; absent for requests of another kind, null where there was no answer. */
  grpcStatus?: number | null;
}

/** Answers one request, and says with which gRPC status when it was a call; what it throws drops the connection. */
export type Answerer = (request: IncomingMessage, response: ServerResponse) => Promise<number | undefined>;

/** A port of a pod, watched by its sidecar, for HTTP/1 and HTTP/2 alike; can be closed and opened again while the process runs. */
export class AppServer {
  readonly #http1: ReturnType<typeof createServer>;
  readonly #http2: ReturnType<typeof createHttp2>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<{ close: () => void }>();
  #at: { address: string; port: number };
  #draining = false;
  #running = 0;

  constructor(at: { address: string; port: number }, answer: Answerer, seen: (request: SeenRequest) => void) {
    this.#at = at;
    const handle = (request: IncomingMessage, response: ServerResponse) => {
      if (this.#draining && request.httpVersionMajor === 1) response.setHeader('connection', 'close');
      this.#answer(request, response, answer, seen);
    };
    // Longer than any client of the lab keeps an idle connection, so the client is the one that closes it.
    this.#http1 = createServer({ keepAliveTimeout: 3_600_000 }, handle);
    // Node's HTTP/2 objects have what is used here of those of HTTP/1.
    this.#http2 = createHttp2(handle as unknown as Parameters<typeof createHttp2>[0]);
    this.#http2.on('session', (session) => {
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
    });
    this.#server = new Server((socket) => this.#take(socket));
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port: this.#at.port, host: this.#at.address, backlog: 1024 }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /** Stops listening and drops every connection. */
  refuse(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Serves on for a while, telling HTTP/1 clients to go elsewhere, then stops listening and lets the running requests end. */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    await new Promise((resolve) => setTimeout(resolve, ms));
    if (!this.#server.listening) return;
    this.#server.close();
    for (const session of this.#sessions) session.close();
    while (this.#running > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const socket of this.#sockets) socket.destroy();
  }

  /** HTTP/2 begins with a preface of its own (RFC 9113, 3.4). */
  #take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('readable', () => {
      const first: Buffer | null = socket.read();
      if (!first) return;
      socket.unshift(first);
      const server = first.subarray(0, 3).toString('latin1') === 'PRI' ? this.#http2 : this.#http1;
      server.emit('connection', socket);
    });
  }

  #answer(
    request: IncomingMessage,
    response: ServerResponse,
    answer: Answerer,
    seen: (one: SeenRequest) => void,
  ): void {
    const began = performance.now();
    const { headers } = request;
    const call = headers['content-type']?.startsWith('application/grpc') ?? false;
    this.#running += 1;
    let grpcStatus: number | null = null;
    response.once('close', () => {
      this.#running -= 1;
      // Node says that a stream of HTTP/2 has finished when it was reset, too.
      const finished = request.httpVersionMajor === 1 ? response.writableFinished : response.writableEnded;
      seen({
        at: performance.timeOrigin + began,
        id: probeId(request),
        method: request.method ?? 'GET',
        path: pathOf(request),
        status: finished ? response.statusCode : 0,
        host: headers.host ?? String(headers[':authority'] ?? ''),
        kind: isCopy(headers) ? 'copy' : 'live',
        ms: performance.now() - began,
        probe: headers['user-agent']?.startsWith('kube-probe/') ?? false,
        ...(call && { grpcStatus: finished ? grpcStatus : null }),
      });
    });
    answer(request, response).then(
      (status) => {
        grpcStatus = status ?? null;
      },
      () => request.socket.destroy(),
    );
  }
}

// What Envoy's shadow requests carry, whether or not istiod adds the suffix to Host.
function isCopy(headers: NodeJS.Dict<string | string[]>): boolean {
  const host = String(headers.host ?? headers[':authority'] ?? '');
  return headers['x-envoy-internal'] === 'true' || /-shadow(:\d+)?$/.test(host);
}
