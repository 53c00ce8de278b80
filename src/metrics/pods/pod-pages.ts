/** Reads the metrics pages of pods, for all rollouts of a worker together. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Dispatcher, request } from 'undici';
import { codeOf } from '../../network/error-code.ts';
import { ExpositionReader, type PageSample } from './exposition.ts';

export type PageOutcome =
  | { ok: true; samples: PageSample[] }
  /** `reason`: a few words, such as ECONNREFUSED */
  | { ok: false; reason: string };

export interface PodPagesOptions {
  /** Longest time for one page, ms. Default 1 000. */
  timeoutMs?: number;
  /** Largest page that is read, bytes. Default 16 MiB: a proxy of a large mesh without a filter has several. */
  maxBytes?: number;
  /** Most pages that are begun in a second. Default 200: what more rollouts want comes less often for all of them. */
  perSecond?: number;
}

/** A connection without a request is kept for as long, ms: the next second asks again. */
const KEEP_ALIVE_MS = 10_000;

export class PodPages {
  readonly #agent: Agent;
  readonly #timeoutMs: number;
  readonly #maxBytes: number;
  readonly #paceMs: number;
  /** When the next page may begin, `performance.now()`. */
  #next = 0;

  constructor({ timeoutMs = 1_000, maxBytes = 16 * 1024 * 1024, perSecond = 200 }: PodPagesOptions = {}) {
    this.#timeoutMs = timeoutMs;
    this.#maxBytes = maxBytes;
    this.#paceMs = 1_000 / perSecond;
    this.#agent = new Agent({ connections: 1, keepAliveTimeout: KEEP_ALIVE_MS, connect: { timeout: timeoutMs } });
  }

  /** @throws the signal's reason only */
  async read(url: string, wanted: (name: string) => boolean, signal: AbortSignal): Promise<PageOutcome> {
    await this.#turn(signal);
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    try {
      const answer = await request(url, {
        dispatcher: this.#agent,
        signal: AbortSignal.any([deadline, signal]),
        headers: { accept: 'text/plain;version=0.0.4', 'user-agent': 'sluice' },
      });
      return await this.#read(answer, wanted);
    } catch (error) {
      signal.throwIfAborted();
      const why = error instanceof RangeError ? error.message : codeOf(error);
      return { ok: false, reason: deadline.aborted ? `no answer within ${this.#timeoutMs} ms` : why };
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#paceMs;
    // many that come at once are let through in turns of a few milliseconds
    if (at > now) await sleep(at - now, undefined, { signal });
  }

  async #read({ statusCode, body }: Dispatcher.ResponseData, wanted: (name: string) => boolean): Promise<PageOutcome> {
    if (statusCode !== 200) {
      await body.dump();
      return { ok: false, reason: `HTTP ${statusCode}` };
    }
    const reader = new ExpositionReader(wanted);
    const decoder = new TextDecoder();
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      // leaving the loop ends the connection
      if (size > this.#maxBytes) return { ok: false, reason: `more than ${this.#maxBytes} bytes` };
      reader.take(decoder.decode(chunk, { stream: true }));
    }
    reader.end();
    return { ok: true, samples: reader.samples };
  }
}
