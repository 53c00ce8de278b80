import { type ClientHttp2Session, connect, constants } from 'node:http2';
import type { ProbeRecord } from './record.ts';
import type { ProbeTarget } from './target.ts';

type Answer = Pick<ProbeRecord, 'status' | 'version' | 'pod' | 'grpcStatus'>;

/** An empty message that is not compressed: its flag and its length. */
const EMPTY_MESSAGE = Buffer.alloc(5);

/** Unary gRPC calls over one connection, without retries. Source: grpc/grpc, doc/PROTOCOL-HTTP2.md. */
export class GrpcCaller {
  readonly #target: ProbeTarget;
  #session: ClientHttp2Session | undefined;

  constructor(target: ProbeTarget) {
    this.#target = target;
  }

  /** Rejects when there was no whole answer: `timeout` when the caller had waited long enough and reset the call. */
  call(id: string): Promise<Answer> {
    const { url, host, headers, timeoutMs } = this.#target;
    return new Promise((resolve, reject) => {
      const stream = this.#connected().request({
        ...headers,
        ':method': 'POST',
        ':path': url.pathname,
        ':authority': host,
        'content-type': 'application/grpc',
        te: 'trailers',
        'x-probe-id': id,
      });
      const answer: Answer = { status: null, version: null, pod: null };
      const read = (from: NodeJS.Dict<string | string[]>) => {
        if (from['grpc-status'] !== undefined) answer.grpcStatus = Number(from['grpc-status']);
      };
      stream.setTimeout(timeoutMs, () => {
        stream.close(constants.NGHTTP2_CANCEL);
        reject(new Error('timeout'));
      });
      stream.on('response', (from) => {
        Object.assign(answer, {
          status: from[':status'],
          version: from['x-version'] ?? null,
          pod: from['x-pod'] ?? null,
        });
        read(from);
      });
      stream.on('trailers', read);
      stream.on('error', reject);
      stream.on('close', () => {
        if (answer.grpcStatus === undefined) reject(new Error('the call ended without a status'));
        else resolve(answer);
      });
      stream.resume();
      stream.end(EMPTY_MESSAGE);
    });
  }

  close(): void {
    this.#session?.destroy();
  }

  #connected(): ClientHttp2Session {
    if (!this.#session || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(this.#target.url.origin);
      // each of its calls reports the failure itself
      this.#session.on('error', () => undefined);
    }
    return this.#session;
  }
}
