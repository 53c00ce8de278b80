/** What is there, and then what every change makes of it: a read, and an informer's events that are newer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { selectorText } from '../objects/deployments.ts';
import { type LabelSelector, selects } from '../objects/pod-template.ts';
import type { KubeClient, KubeObject, Ref, WatchEvent } from './client.ts';
import { ClusterError } from './errors.ts';
import { type Informer, isNewer } from './informer.ts';

/** Before a read that failed is made again, ms. */
const READ_AGAIN_MS = 1_000;

type News = { kind: 'begin' } | { kind: 'event'; event: WatchEvent<KubeObject> } | { kind: 'failed'; error: unknown };

/** See `KubeClient.follow`. */
export async function* follow<T extends KubeObject>(
  client: Pick<KubeClient, 'get'>,
  informer: Informer,
  ref: Ref,
  signal: AbortSignal,
  believed: (seen: T) => boolean,
): AsyncGenerator<T | undefined> {
  let version: string | undefined;
  informer.track(ref.name);
  const read = async () => {
    const seen = informer.seen(ref.name) as T | undefined;
    if (seen && believed(seen)) return seen;
    const object = await insist(() => client.get<T>(ref), signal);
    if (object) informer.note(object);
    return object;
  };
  for await (const news of newsOf(informer, signal)) {
    if (news === 'begin') {
      const object = await read();
      version = object?.metadata.resourceVersion;
      yield object;
      continue;
    }
    const { type, object } = news;
    if (object.metadata.name !== ref.name || !isNewer(object, version)) continue;
    version = object.metadata.resourceVersion;
    yield type === 'DELETED' ? undefined : (object as T);
  }
}

/** See `KubeClient.followAll`. */
export async function* followAll<T extends KubeObject>(
  client: Pick<KubeClient, 'list'>,
  informer: Informer,
  ref: Omit<Ref, 'name'>,
  selector: LabelSelector,
  signal: AbortSignal,
): AsyncGenerator<T[]> {
  let known = new Map<string, T>();
  for await (const news of newsOf(informer, signal)) {
    if (news === 'begin') {
      const all = await insist(() => client.list<T>(ref, { labelSelector: selectorText(selector) }), signal);
      known = new Map(all.map((object) => [object.metadata.name, object]));
    } else {
      const { type, object } = news;
      const { name, labels = {} } = object.metadata;
      if (!isNewer(object, known.get(name)?.metadata.resourceVersion)) continue;
      const picked = type !== 'DELETED' && selects(selector, labels);
      if (picked) known.set(name, object as T);
      else if (!known.delete(name)) continue;
    }
    yield [...known.values()];
  }
}

/** Until the signal aborts. @throws what no retry can mend */
async function* newsOf(informer: Informer, signal: AbortSignal): AsyncGenerator<'begin' | WatchEvent<KubeObject>> {
  const inbox: News[] = [];
  let wake = () => {};
  const tell = (news: News) => {
    inbox.push(news);
    wake();
  };
  const leave = informer.join({
    begin: () => tell({ kind: 'begin' }),
    event: (event) => tell({ kind: 'event', event }),
    failed: (error) => tell({ kind: 'failed', error }),
  });
  const stop = () => wake();
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      const news = inbox.shift();
      if (news?.kind === 'failed') throw news.error;
      if (news) yield news.kind === 'begin' ? 'begin' : news.event;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', stop);
    leave();
  }
}

async function insist<R>(read: () => Promise<R>, signal: AbortSignal): Promise<R> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (signal.aborted || !(error instanceof ClusterError) || !error.retryable) throw error;
      await sleep(error.retryAfterMs ?? READ_AGAIN_MS, undefined, { signal });
    }
  }
}
