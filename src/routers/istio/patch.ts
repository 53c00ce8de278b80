/** JSON Patch (RFC 6902) between two forms of a rule that differ in our fields only. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { PatchOperation } from '../../kubernetes/client/client.ts';
import { fieldOperations, treeOperations, valueOperations } from '../shared/diff.ts';
import type { HttpRule, WeightedDestination } from './objects.ts';
import { MIRROR_FIELDS } from './rule.ts';

/** @param path JSON pointer of the rule, for example `/spec/http/0` */
export function ruleOperations(path: string, before: HttpRule, after: HttpRule): PatchOperation[] {
  return [
    ...fieldOperations(path, before, after, MIRROR_FIELDS),
    ...destinationOperations(`${path}/route`, before.route ?? [], after.route ?? []),
  ];
}

/** `after` has the same destinations in the same order, with at most one more at the end or one fewer anywhere. */
function destinationOperations(
  path: string,
  before: WeightedDestination[],
  after: WeightedDestination[],
): PatchOperation[] {
  const removed = after.length < before.length ? missingIndex(before, after) : -1;
  const kept = before.filter((_, index) => index !== removed);
  const gone: PatchOperation[] = removed < 0 ? [] : [{ op: 'remove', path: `${path}/${removed}` }];
  const fields = kept.flatMap((entry, index) => [
    ...valueOperations(`${path}/${index}/weight`, entry.weight, after[index]?.weight),
    ...treeOperations(`${path}/${index}/headers`, entry.headers, after[index]?.headers),
  ]);
  const added = after.slice(before.length).map((value): PatchOperation => ({ op: 'add', path: `${path}/-`, value }));
  return [...gone, ...fields, ...added];
}

function missingIndex(before: WeightedDestination[], after: WeightedDestination[]): number {
  return before.findIndex((entry, index) => !isDeepStrictEqual(entry.destination, after[index]?.destination));
}
