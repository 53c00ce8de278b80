/**
 * One watch of a kind in a namespace, for everybody in the process who waits for one of its objects. Whoever waits reads afresh, or begins
 * with what others who waited for the same object saw last, and is then told of every change, so that nothing is missed however often the
 * connection ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject, WatchEvent } from './client.ts';
import { ClusterError } from './errors.ts';
import type { ApiCall, Transport } from './transport.ts';

/** The server ends a watch after this long, seconds; spreads reconnects and bounds what a lost connection hides. */
const SERVER_TIMEOUT_S = 290;
/** Without a byte for this long the connection counts as dead, ms. Quiet is normal: resuming costs one request. */
const IDLE_MS = 45_000;
/** Between two connections at least, ms. */
const FLOOR_MS = 1_000;
const LONGEST_BACK_OFF_MS = 5_000;
/** Waits begin and end all the time: the connection outlives the last of them by this long, ms. */
const LINGER_MS = 30_000;

/** Somebody who waits. */
export interface Listener {
  /** From now on no change is missed: read what is there. Again when the server forgot where the watch was. */
  begin(): void;
  event(event: WatchEvent<KubeObject>): void;
  /** No retry can mend it: forbidden, or no such resource. */
  failed(error: unknown): void;
}

interface Seen {
  version?: string;
  /** Absent: it is not known, or not there. */
  object?: KubeObject;
}

/** The event that an API server sends as `ERROR`. */
interface WatchFailure {
  code?: number;
  message?: string;
}

export class Informer {
  readonly #transport: Transport;
  readonly #call: Omit<ApiCall, 'query' | 'signal'>;
  readonly #listeners = new Set<Listener>();
  #running: AbortController | undefined;
  /** Changes after this version are told; undefined: not known yet. */
  #resourceVersion: string | undefined;
  #leaving: NodeJS.Timeout | undefined;
  /** Newest states of the objects that somebody has waited for, by name. */
  readonly #seen = new Map<string, Seen>();
  /** The server watches for us, so that what it has not said is not so. */
  #open = false;

  /**
   * @param path of the collection
   * @param object what it is called in messages
   */
  constructor(transport: Transport, path: string, object: string) {
    this.#transport = transport;
    this.#call = { verb: 'watch', object, method: 'GET', path };
  }

  /** @returns how to leave */
  join(listener: Listener): () => void {
    clearTimeout(this.#leaving);
    this.#listeners.add(listener);
    if (this.#resourceVersion !== undefined) listener.begin();
    this.#running ??= this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#leaving);
      this.#leaving = setTimeout(() => this.close(), LINGER_MS).unref();
    };
  }

  /** From now on the newest state of this object is remembered. */
  track(name: string): void {
    if (!this.#seen.has(name)) this.#seen.set(name, {});
  }

  /** The newest state that is known of a tracked object; undefined: none is, or there is no watch just now. */
  seen(name: string): KubeObject | undefined {
    return this.#open ? this.#seen.get(name)?.object : undefined;
  }

  /** It was read, or written. */
  note(object: KubeObject, isThere = true): void {
    const { name, resourceVersion } = object.metadata;
    const known = this.#seen.get(name);
    if (!known || !isNewer(object, known.version)) return;
    this.#seen.set(name, { ...(resourceVersion && { version: resourceVersion }), ...(isThere && { object }) });
  }

  close(): void {
    clearTimeout(this.#leaving);
    this.#seen.clear();
    this.#running?.abort();
    this.#running = undefined;
    this.#resourceVersion = undefined;
  }

  #start(): AbortController {
    const running = new AbortController();
    this.#run(running.signal).catch((error: unknown) => {
      if (running.signal.aborted) return;
      this.close();
      for (const listener of this.#listeners) listener.failed(error);
    });
    return running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const begun = performance.now();
      let pauseMs = FLOOR_MS;
      try {
        if (this.#resourceVersion === undefined) await this.#begin(signal);
        await this.#listen(signal).finally(() => (this.#open = false));
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ClusterError) || !error.retryable) throw error;
        if (error.reason === 'gone') this.#forget();
        failures = error.reason === 'timeout' || performance.now() - begun > IDLE_MS ? 0 : failures + 1;
        pauseMs = error.retryAfterMs ?? backOff(failures);
      }
      await sleep(Math.max(0, begun + Math.max(pauseMs, FLOOR_MS) - performance.now()), undefined, { signal }).catch(
        () => undefined,
      );
    }
  }

  /** The server does not know any more what has happened since: everybody reads again. */
  #forget(): void {
    this.#resourceVersion = undefined;
    for (const name of this.#seen.keys()) this.#seen.set(name, {});
  }

  /** The version of now, without its objects. */
  async #begin(signal: AbortSignal): Promise<void> {
    const list = (await this.#transport.json({ ...this.#call, verb: 'list', query: { limit: '1' }, signal })) as {
      metadata?: { resourceVersion?: string };
    } | null;
    signal.throwIfAborted();
    this.#resourceVersion = list?.metadata?.resourceVersion;
    if (this.#resourceVersion === undefined) throw this.#badAnswer('no list in it');
    for (const listener of [...this.#listeners]) listener.begin();
  }

  /** One connection; ends quietly when the server closes it. */
  async #listen(signal: AbortSignal): Promise<void> {
    const query = {
      watch: '1',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(SERVER_TIMEOUT_S),
      resourceVersion: this.#resourceVersion ?? '',
    };
    for await (const line of this.#transport.lines(
      { ...this.#call, query, signal },
      IDLE_MS,
      () => (this.#open = true),
    )) {
      const event = this.#parse(line);
      if (event.type === 'ERROR') throw this.#failureOf(event.object as WatchFailure);
      const object = event.object as KubeObject;
      this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
      if (event.type === 'BOOKMARK') continue;
      this.note(object, event.type !== 'DELETED');
      for (const listener of [...this.#listeners]) listener.event({ ...event, object });
    }
  }

  #parse(line: string): WatchEvent<unknown> {
    try {
      const event: unknown = JSON.parse(line);
      if (typeof event === 'object' && event !== null && 'type' in event && 'object' in event) {
        return event as WatchEvent<unknown>;
      }
    } catch {
      // told below
    }
    throw this.#badAnswer('an event is not JSON');
  }

  #failureOf({ code = 500, message }: WatchFailure): ClusterError {
    const reason = code === 410 ? 'gone' : 'server';
    const { verb, object } = this.#call;
    return new ClusterError({ verb, object, reason, status: code, ...(message && { said: message }) });
  }

  #badAnswer(said: string): ClusterError {
    const { verb, object } = this.#call;
    return new ClusterError({ verb, object, reason: 'badAnswer', said });
  }
}

/** Resource versions of one kind grow; what is none is believed. Source: kubernetes.io/docs/reference/using-api/api-concepts. */
export function isNewer({ metadata: { resourceVersion } }: KubeObject, than: string | undefined): boolean {
  if (than === undefined || resourceVersion === undefined) return true;
  if (!/^\d+$/.test(than) || !/^\d+$/.test(resourceVersion)) return resourceVersion !== than;
  return BigInt(resourceVersion) > BigInt(than);
}

function backOff(failures: number): number {
  return Math.min(LONGEST_BACK_OFF_MS, FLOOR_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}
