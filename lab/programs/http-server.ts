import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pathOf, probeId } from './request.ts';
import type { RequestRecord } from './request-log.ts';

/** A request that ended, and whether the kubelet sent it. */
export interface SeenRequest extends RequestRecord {
  probe: boolean;
}

/** Answers one request; what it throws drops the connection. */
export type Answerer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A port of a pod, watched by its sidecar; can be closed and opened again while the process runs. */
export class AppServer {
  #server: Server;
  #at: { address: string; port: number };
  #draining = false;

  constructor(at: { address: string; port: number }, answer: Answerer, seen: (request: SeenRequest) => void) {
    this.#at = at;
    // Longer than any client of the lab keeps an idle connection, so the client is the one that closes it.
    this.#server = createServer({ keepAliveTimeout: 3_600_000 }, (request, response) => {
      const began = performance.now();
      const at = performance.timeOrigin + began;
      if (this.#draining) response.setHeader('connection', 'close');
      response.once('close', () => {
        seen({
          at,
          id: probeId(request),
          method: request.method ?? 'GET',
          path: pathOf(request),
          status: response.writableFinished ? response.statusCode : 0,
          host: request.headers.host ?? '',
          kind: isCopy(request.headers) ? 'copy' : 'live',
          ms: performance.now() - began,
          probe: request.headers['user-agent']?.startsWith('kube-probe/') ?? false,
        });
      });
      answer(request, response).catch((error: Error) => response.destroy(error));
    });
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
    this.#server.closeAllConnections();
  }

  /** Serves on for a while with `connection: close`, then stops listening and lets the running requests end. */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    await new Promise((resolve) => setTimeout(resolve, ms));
    if (!this.#server.listening) return;
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeIdleConnections();
    });
  }
}

// What Envoy's shadow requests carry, whether or not istiod adds the suffix to Host.
function isCopy(headers: NodeJS.Dict<string | string[]>): boolean {
  return headers['x-envoy-internal'] === 'true' || /-shadow(:\d+)?$/.test(String(headers.host ?? ''));
}
