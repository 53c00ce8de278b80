/** Makes the client of one cluster: the methods of `KubeClient` over the pooled transport. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LabelSelector } from '../objects/pod-template.ts';
import { describeRef, pathOf } from '../objects/refs.ts';
import type { KubeClient, KubeObject, ListOptions, PatchOperation, Ref, WriteOptions } from './client.ts';
import type { CredentialOptions } from './credentials.ts';
import { ClusterError, type ClusterVerb, isClusterError, unless } from './errors.ts';
import { follow, followAll } from './follow.ts';
import { Informer } from './informer.ts';
import { Newest } from './newest.ts';
import { type ApiCall, Transport } from './transport.ts';

export interface ConnectOptions extends CredentialOptions {
  /** Longest time for one request, answer included, ms. Default 10 000. */
  requestTimeoutMs?: number;
  /** Largest answer that is read, bytes. Default 32 MiB. */
  maxResponseBytes?: number;
}

export interface ClusterConnection extends KubeClient {
  /** The same connections for work that ends when `signal` aborts: an activity binds its own once. */
  until(signal: AbortSignal): KubeClient;
  /** Ends every request and watch, and closes the connections. */
  close(): Promise<void>;
}

type Named = Omit<Ref, 'name'> & { name?: string };

/** Objects per page of a list. */
const PAGE = 500;
const DEFAULT_TIMEOUT_MS = 10_000;
/** Before an answer of the past is asked again, ms, and how often; then it is believed, as a restored etcd counts from before. */
const PAST_AGAIN_MS = 500;
const PAST_TRIES = 10;
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;

/**
 * Opens no connection by itself; the first request does.
 * @throws Error that says what is wrong with the kubeconfig
 */
export function connect(options: ConnectOptions = {}): ClusterConnection {
  const { requestTimeoutMs = DEFAULT_TIMEOUT_MS, maxResponseBytes = DEFAULT_MAX_BYTES, ...access } = options;
  const transport = new Transport({ ...access, requestTimeoutMs, maxResponseBytes });
  const informers = new Map<string, Informer>();
  const close = async () => {
    for (const informer of informers.values()) informer.close();
    await transport.close();
  };
  const newest = new Newest();
  const over = (signal?: AbortSignal) => clientOver({ transport, informers, newest }, signal);
  return { ...over(), until: over, close };
}

/** What all clients of a connection share. */
interface Shared {
  transport: Transport;
  informers: Map<string, Informer>;
  newest: Newest;
}

function clientOver({ transport, informers, newest }: Shared, signal?: AbortSignal): KubeClient {
  const callOf = (verb: ClusterVerb, ref: Named) => ({
    verb,
    object: describeRef(ref),
    path: checkedPath(verb, ref),
    signal,
  });

  const informerOf = (ref: Named) => {
    const path = checkedPath('watch', collectionOf(ref));
    const informer = informers.get(path) ?? new Informer(transport, path, describeRef(collectionOf(ref)));
    informers.set(path, informer);
    return informer;
  };

  const object = async <T extends KubeObject>(call: ApiCall): Promise<T> => {
    const answer = await transport.json(call);
    if (isObject(answer)) return answer as T;
    throw new ClusterError({ verb: call.verb, object: call.object, reason: 'badAnswer', said: 'no object in it' });
  };

  return {
    signal,
    connection: transport,

    async get<T extends KubeObject>(ref: Ref): Promise<T | undefined> {
      const call = callOf('get', ref);
      try {
        for (let tries = 0; ; tries += 1) {
          const found = await object<T>({ ...call, method: 'GET' });
          if (!newest.isPast(call.path, found)) return found;
          if (tries === PAST_TRIES) newest.forget(call.path);
          else await sleep(PAST_AGAIN_MS, undefined, { signal });
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (isClusterError(error, 'notFound')) return undefined;
        throw error;
      }
    },

    async list<T extends KubeObject>(ref: Omit<Ref, 'name'>, options?: ListOptions): Promise<T[]> {
      return readAll<T>(transport, collectionOf(ref), options, signal);
    },

    async create<T extends KubeObject>(ref: Ref, value: T, options?: WriteOptions): Promise<T> {
      const call = { ...callOf('create', ref), path: checkedPath('create', collectionOf(ref)), ...queryOf(options) };
      const made = await object<T>({ ...call, method: 'POST', body: value });
      if (!options?.dryRun) newest.note(pathOf(ref), made);
      return made;
    },

    async patch<T extends KubeObject>(ref: Ref, body: PatchOperation[], options?: WriteOptions): Promise<T> {
      const call = {
        ...callOf('patch', ref),
        ...queryOf(options),
        method: 'PATCH',
        body,
        contentType: 'application/json-patch+json',
      } as const;
      const written = await object<T>(options?.status ? { ...call, path: `${call.path}/status` } : call);
      // whoever waits or reads here never begins with what was there before our own write
      if (!options?.dryRun) {
        informers.get(pathOf(collectionOf(ref)))?.note(written);
        newest.note(call.path, written);
      }
      return written;
    },

    async delete(ref, only) {
      // what a Job has made goes with it: the API server's own default would leave it there
      const policy = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };
      const body = only && { ...policy, preconditions: only };
      await unless('notFound', transport.json({ ...callOf('delete', ref), method: 'DELETE', ...(body && { body }) }));
    },

    follow<T extends KubeObject>(ref: Ref, signal: AbortSignal, believed: (seen: T) => boolean = () => false) {
      return follow<T>(this, informerOf(ref), ref, signal, believed);
    },

    followAll<T extends KubeObject>(ref: Omit<Ref, 'name'>, selector: LabelSelector, signal: AbortSignal) {
      return followAll<T>(this, informerOf(ref), ref, selector, signal);
    },
  };
}

function queryOf({ dryRun }: WriteOptions = {}): Pick<ApiCall, 'query'> {
  return dryRun ? { query: { dryRun: 'All' } } : {};
}

/** Whoever has a reference may pass it as it is: its name is no part of the collection's path. */
function collectionOf({ name: _, ...collection }: Named): Omit<Ref, 'name'> {
  return collection;
}

function checkedPath(verb: ClusterVerb, ref: Named): string {
  try {
    return pathOf(ref);
  } catch (error) {
    throw new ClusterError({ verb, object: describeRef(ref), reason: 'invalid', said: String(error) });
  }
}

/**
 * All pages of a list. Without a resource version the API server answers with the most recent state. When the continue token
 * expires between two pages, the list starts over once.
 */
async function readAll<T extends KubeObject>(
  transport: Transport,
  ref: Omit<Ref, 'name'>,
  options: ListOptions = {},
  signal?: AbortSignal,
  mayRestart = true,
): Promise<T[]> {
  const call = {
    verb: 'list',
    object: describeRef(ref),
    path: checkedPath('list', ref),
    signal,
    method: 'GET',
  } as const;
  const items: T[] = [];
  let next: string | undefined;
  try {
    for (;;) {
      const query = { ...options, limit: String(PAGE), ...(next && { continue: next }) };
      const page = pageOf<T>(call, await transport.json({ ...call, query }));
      items.push(...page.items);
      next = page.next;
      if (!next) return items;
    }
  } catch (error) {
    const expired = error instanceof ClusterError && error.reason === 'gone';
    if (expired && mayRestart) return readAll(transport, ref, options, signal, false);
    throw error;
  }
}

function pageOf<T>(call: ApiCall, answer: unknown): { items: T[]; next?: string } {
  const list = answer as { items?: T[] | null; metadata?: { continue?: string } } | null;
  if (list?.items === undefined) {
    throw new ClusterError({ verb: call.verb, object: call.object, reason: 'badAnswer', said: 'no list in it' });
  }
  const { continue: next } = list.metadata ?? {};
  return { items: list.items ?? [], ...(next && { next }) };
}

function isObject(value: unknown): value is { metadata: object } {
  return typeof value === 'object' && value !== null && 'metadata' in value && typeof value.metadata === 'object';
}
