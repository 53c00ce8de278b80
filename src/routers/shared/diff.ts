/** JSON Patch (RFC 6902) between two forms of something, as small as may be. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { PatchOperation } from '../../kubernetes/client/client.ts';
import { pointer } from '../../kubernetes/objects/annotations.ts';

/** One value as a whole; `undefined`: there is none. */
function valueOperations(path: string, before: unknown, after: unknown): PatchOperation[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (after === undefined) return [{ op: 'remove', path }];
  return [{ op: before === undefined ? 'add' : 'replace', path, value: after }];
}

/** Each field of an object as a whole. @param fields default all */
export function fieldOperations(
  path: string,
  before: object,
  after: object,
  fields: readonly string[] = keysOf(before, after),
): PatchOperation[] {
  const [old, now] = [before, after] as [Record<string, unknown>, Record<string, unknown>];
  return fields.flatMap((field) => valueOperations(`${path}/${pointer(field)}`, old[field], now[field]));
}

/**
 * Between two lists in which our entries come and go, while those of others keep their order and change in fields alone.
 * @param fields operations between two forms of somebody else's entry
 */
export function listOperations<T>(
  path: string,
  before: readonly T[],
  after: readonly T[],
  isOurs: (entry: T) => boolean,
  fields: (path: string, before: T, after: T) => PatchOperation[],
): PatchOperation[] {
  const placed = (list: readonly T[], ours: boolean) =>
    list.map((entry, index) => ({ entry, index })).filter(({ entry }) => isOurs(entry) === ours);
  const theirs = placed(after, false);
  // fields first, while the indexes are those of the list as it is
  const changed = placed(before, false).flatMap(({ entry, index }, position) =>
    fields(`${path}/${index}`, entry, theirs[position]?.entry ?? entry),
  );
  const [old, wanted] = [placed(before, true), placed(after, true)];
  if (isDeepStrictEqual(old, wanted)) return changed;
  // from the last on, so that no index moves before it is used
  const gone = old.toReversed().map(({ index }): PatchOperation => ({ op: 'remove', path: `${path}/${index}` }));
  const come = wanted.map(({ entry, index }): PatchOperation => {
    return { op: 'add', path: `${path}/${index}`, value: entry };
  });
  return [...changed, ...gone, ...come];
}

function keysOf(before: object, after: object): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])];
}
