/** A watch that lives until its caller ends it: reconnects, resumes, and starts over when the server forgot where it was. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeRef, pathOf } from '../objects/refs.ts';
import type { KubeObject, ListOptions, Ref, WatchEvent } from './client.ts';
import { ClusterError } from './errors.ts';
import type { ApiCall, Transport } from './transport.ts';

/** The server ends a watch after this long, seconds; spreads reconnects and bounds what a lost connection hides. */
const SERVER_TIMEOUT_S = 290;
/** Without a byte for this long the connection counts as dead, ms. Resuming costs one request. */
const IDLE_MS = 45_000;
const BACK_OFF_MS = { first: 200, longest: 5_000 };

type Collection = Omit<Ref, 'name'>;
type ReadAll<T> = (signal: AbortSignal) => Promise<{ items: T[]; resourceVersion: string }>;

/** The event that an API server sends as `ERROR`. */
interface WatchFailure {
  code?: number;
  message?: string;
}

/**
 * @param readAll used only after the server forgot our resource version, to tell what was deleted meanwhile
 * @throws ClusterError that no retry can mend (forbidden, no such resource)
 */
export async function* watch<T extends KubeObject>(
  transport: Transport,
  ref: Collection,
  options: ListOptions,
  signal: AbortSignal,
  readAll: ReadAll<T>,
): AsyncGenerator<WatchEvent<T>> {
  const known = new Map<string, T>();
  let resourceVersion: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const event of connection<T>(transport, ref, options, resourceVersion, signal)) {
        failures = 0;
        resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
        if (event.type === 'BOOKMARK') continue;
        remember(known, event);
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ClusterError) || !error.retryable) throw error;
      // quiet is normal: it goes on at once where it was
      if (error.reason === 'timeout') continue;
      if (error.reason === 'gone') {
        const state = await startOver(known, readAll, signal);
        resourceVersion = state?.resourceVersion;
        if (state) yield* state.events;
      }
      failures += 1;
      await backOff(failures, error.retryAfterMs, signal);
    }
  }
}

/** One connection; ends quietly when the server closes it. */
async function* connection<T extends KubeObject>(
  transport: Transport,
  ref: Collection,
  options: ListOptions,
  resourceVersion: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  const call: ApiCall & { signal: AbortSignal } = {
    verb: 'watch',
    object: describeRef(ref),
    method: 'GET',
    path: pathOf(ref),
    query: {
      ...options,
      watch: '1',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(SERVER_TIMEOUT_S),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    signal,
  };
  for await (const line of transport.lines(call, IDLE_MS)) {
    const event = parseEvent<T>(call, line);
    if (event.type === 'ERROR') throw failureOf(call, event.object);
    yield event as WatchEvent<T>;
  }
}

function parseEvent<T>(call: ApiCall, line: string): WatchEvent<T | WatchFailure> {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event === 'object' && event !== null && 'type' in event && 'object' in event) {
      return event as WatchEvent<T | WatchFailure>;
    }
  } catch {
    // told below
  }
  throw new ClusterError({ verb: 'watch', object: call.object, reason: 'badAnswer', said: 'an event is not JSON' });
}

function failureOf(call: ApiCall, status: unknown): ClusterError {
  const { code = 500, message } = status as WatchFailure;
  const reason = code === 410 ? 'gone' : 'server';
  return new ClusterError({
    verb: 'watch',
    object: call.object,
    reason,
    status: code,
    ...(message && { said: message }),
  });
}

function remember<T extends KubeObject>(known: Map<string, T>, { type, object }: WatchEvent<T>): void {
  const { namespace = '', name } = object.metadata;
  if (type === 'DELETED') known.delete(`${namespace}/${name}`);
  else known.set(`${namespace}/${name}`, object);
}

/** The state of now as events, with a DELETED for what went away unseen. @returns undefined when it cannot be read yet */
async function startOver<T extends KubeObject>(known: Map<string, T>, readAll: ReadAll<T>, signal: AbortSignal) {
  const state = await readAll(signal).catch((error: unknown) => {
    if (signal.aborted || (error instanceof ClusterError && error.retryable)) return undefined;
    throw error;
  });
  if (!state) return undefined;
  const before = new Map(known);
  known.clear();
  const events: WatchEvent<T>[] = [];
  for (const object of state.items) {
    const event: WatchEvent<T> = { type: 'ADDED', object };
    remember(known, event);
    events.push(event);
  }
  for (const [key, object] of before) if (!known.has(key)) events.push({ type: 'DELETED', object });
  return { events, resourceVersion: state.resourceVersion };
}

async function backOff(failures: number, retryAfterMs: number | undefined, signal: AbortSignal): Promise<void> {
  const grown = Math.min(BACK_OFF_MS.longest, BACK_OFF_MS.first * 2 ** (failures - 1));
  const delay = retryAfterMs ?? grown * (0.5 + Math.random() / 2);
  await sleep(delay, undefined, { signal }).catch(() => undefined);
}
