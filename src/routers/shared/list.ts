/** Lists of kinds that may not be there, of places that may not be looked at. Reads only. */
import type { KubeClient, KubeObject } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';

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
  const all = await unlessForbidden(listKind<T>(client, listed));
  if (all) return { kind, objects: all };
  const some = await Promise.all(namespaces.map((place) => unlessForbidden(listKind<T>(client, listed, place))));
  return { kind, objects: some.flatMap((one) => one ?? []), places: namespaces.filter((_, n) => some[n]) };
}

/** In the newest version that is served; nothing where none is. @param namespace absent: the whole cluster */
export async function listKind<T extends KubeObject>(
  client: KubeClient,
  { kind, resource, versions }: ListedKind,
  namespace?: string,
): Promise<T[]> {
  for (const apiVersion of versions) {
    try {
      return await client.list<T>({ apiVersion, resource, kind, namespace });
    } catch (error) {
      if (!(error instanceof ClusterError && error.reason === 'notFound')) throw error;
    }
  }
  return [];
}

/** @returns undefined without the right to look */
export function unlessForbidden<T>(looked: Promise<T>): Promise<T | undefined> {
  return looked.catch((error: unknown) => {
    if (error instanceof ClusterError && error.reason === 'forbidden') return undefined;
    throw error;
  });
}
