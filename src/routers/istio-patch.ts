/** JSON Patch (RFC 6902) between two forms of an http rule that differ in our fields only. Pure. */
import type { PatchOperation } from '../cluster/client.ts';
import { type HttpRule, MIRROR_FIELDS, type WeightedDestination } from './istio-rule.ts';

/** @param path JSON pointer of the rule, for example `/spec/http/0` */
export function ruleOperations(path: string, before: HttpRule, after: HttpRule): PatchOperation[] {
  const mirror = MIRROR_FIELDS.flatMap((field) => fieldOperation(`${path}/${field}`, before[field], after[field]));
  return [...mirror, ...routeOperations(`${path}/route`, before.route ?? [], after.route ?? [])];
}

/** `after` has the same destinations in the same order, with at most one more at the end or one fewer anywhere. */
function routeOperations(path: string, before: WeightedDestination[], after: WeightedDestination[]): PatchOperation[] {
  const removed = after.length < before.length ? missingIndex(before, after) : -1;
  const kept = before.filter((_, index) => index !== removed);
  const gone: PatchOperation[] = removed < 0 ? [] : [{ op: 'remove', path: `${path}/${removed}` }];
  const weights = kept.flatMap((entry, index) =>
    fieldOperation(`${path}/${index}/weight`, entry.weight, after[index]?.weight),
  );
  const added = after.slice(before.length).map((value): PatchOperation => ({ op: 'add', path: `${path}/-`, value }));
  return [...gone, ...weights, ...added];
}

function missingIndex(before: WeightedDestination[], after: WeightedDestination[]): number {
  const differs = (entry: WeightedDestination, index: number) =>
    JSON.stringify(entry.destination) !== JSON.stringify(after[index]?.destination);
  return before.findIndex(differs);
}

function fieldOperation(path: string, before: unknown, after: unknown): PatchOperation[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (after === undefined) return [{ op: 'remove', path }];
  return [{ op: before === undefined ? 'add' : 'replace', path, value: after }];
}
