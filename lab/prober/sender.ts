import { Agent, request } from 'node:http';
import { GrpcCaller } from './grpc-caller.ts';
import type { ProbeRecord } from './record.ts';
import type { ProbeTarget } from './target.ts';

/** What is asked beyond this many unanswered requests is recorded as failed and not sent. */
const MAX_IN_FLIGHT = 5000;

/** Sends single requests without retries. */
export class Sender {
  inFlight = 0;
  #target: ProbeTarget;
  #agent: Agent;
  #caller: GrpcCaller | null;

  constructor(target: ProbeTarget) {
    this.#target = target;
    this.#agent = new Agent({ keepAlive: !target.freshConnections, maxSockets: Number.POSITIVE_INFINITY });
    this.#caller = target.grpc ? new GrpcCaller(target) : null;
  }

  /** Sends request n of a run. Never rejects: what went wrong is in the record. */
  async send(n: number, id: string): Promise<ProbeRecord> {
    const began = performance.now();
    const record: ProbeRecord = {
      n,
      id,
      sentAt: performance.timeOrigin + began,
      ms: 0,
      status: null,
      version: null,
      pod: null,
    };
    if (this.inFlight >= MAX_IN_FLIGHT) return { ...record, error: 'prober saturated' };
    this.inFlight += 1;
    const asked = this.#caller?.call(id) ?? this.#ask(id);
    const answer = await asked.catch((error: Error) => ({ error: describe(error) }));
    this.inFlight -= 1;
    return { ...record, ...answer, ms: performance.now() - began };
  }

  close(): void {
    this.#agent.destroy();
    this.#caller?.close();
  }

  #ask(id: string): Promise<Pick<ProbeRecord, 'status' | 'version' | 'pod'>> {
    const { url, host, proxy, timeoutMs, headers } = this.#target;
    const to = proxy ?? url;
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent: this.#agent,
          host: to.hostname,
          port: to.port || 80,
          // A proxy is asked with the whole URL (RFC 9112, 3.2.2).
          path: proxy ? `http://${host}${url.pathname}${url.search}` : `${url.pathname}${url.search}`,
          headers: { ...headers, host, 'x-probe-id': id },
          signal: AbortSignal.timeout(timeoutMs),
        },
        (response) => {
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? null,
              version: header(response.headers['x-version']),
              pod: header(response.headers['x-pod']),
            }),
          );
          response.resume();
        },
      );
      outgoing.on('error', (error) => {
        // A browser would silently ask again on a new connection; the prober only says so.
        const reset = outgoing.reusedSocket && describe(error) === 'ECONNRESET';
        reject(reset ? new Error('ECONNRESET on a reused connection') : error);
      });
      outgoing.end();
    });
  }
}

function header(value: string | string[] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function describe(error: Error & { code?: string }): string {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'timeout';
  return error.code ?? error.message;
}
