/** Lists of kinds that may not be there, of places that may not be looked at. Reads only. */
import type { KubeClient, KubeObject } from '../../kubernetes/client/client.ts';
import { unless } from '../../kubernetes/client/errors.ts';

export interface ListedKind {
  kind: string;
  resource: string;
  /** Newest first. */
  versions: readonly string[];
}

export interface Listed<T> {
  kind: string;
  objects: T[];
  /** The namespaces that may be read; absent: the whole cluster. */
  places?: string[];
}

/** Of the whole cluster, or where that is forbidden of some namespaces. */
export async function listAll<T extends KubeObject>(
  client: KubeClient,
  listed: ListedKind,
  namespaces: string[],
): Promise<Listed<T>> {
  const { kind } = listed;
  const all = await unless('forbidden', listKind<T>(client, listed));
  if (all) return { kind, objects: all };
  const some = await Promise.all(namespaces.map((place) => unless('forbidden', listKind<T>(client, listed, place))));
  return { kind, objects: some.flatMap((one) => one ?? []), places: namespaces.filter((_, n) => some[n]) };
}

/** In the newest version that is served; nothing where none is. @param namespace absent: the whole cluster */
export async function listKind<T extends KubeObject>(
  client: KubeClient,
  { kind, resource, versions }: ListedKind,
  namespace?: string,
): Promise<T[]> {
  for (const apiVersion of versions) {
    const found = await unless('notFound', client.list<T>({ apiVersion, resource, kind, namespace }));
    if (found) return found;
  }
  return [];
}
