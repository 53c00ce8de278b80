/** JSON Patch (RFC 6902) between two forms of a VirtualService's rules that differ in our fields only. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { PatchOperation } from '../../kubernetes/client/client.ts';
import { pointer } from '../../kubernetes/objects/annotations.ts';
import { isOwnRule } from './affinity.ts';
import type { ManagedRule } from './objects.ts';
import { type HttpRule, MIRROR_FIELDS, type WeightedDestination } from './rule.ts';

export interface RuleChange extends ManagedRule {
  /** The managed rule as it shall be. */
  next: HttpRule;
  /** Our rule that shall stand directly before it; absent: none. */
  own?: HttpRule;
}

/** @param http the http rules as they are */
export function routeOperations(http: HttpRule[], plan: string, changes: RuleChange[]): PatchOperation[] {
  // Fields first, while the indexes are those of the object; whole rules come and go after that.
  const fields = changes.flatMap(({ list, index, rule, next }) => ruleOperations(`/spec/${list}/${index}`, rule, next));
  return [...fields, ...ownRuleOperations(http, plan, changes)];
}

/** From the last rule to the first, so that no operation moves what a later one names. */
function ownRuleOperations(http: HttpRule[], plan: string, changes: RuleChange[]): PatchOperation[] {
  const wanted = new Map(changes.flatMap(({ list, index, own }) => (list === 'http' && own ? [[index, own]] : [])));
  const operations: PatchOperation[] = [];
  for (let index = http.length - 1; index >= 0; index -= 1) {
    const rule = http[index] as HttpRule;
    const below = wanted.get(index + 1);
    const own = wanted.get(index);
    if (isOwnRule(rule, plan)) operations.push(...ownRuleOperation(`/spec/http/${index}`, rule, below));
    const before = http[index - 1];
    if (own && !(before && isOwnRule(before, plan))) {
      operations.push({ op: 'add', path: `/spec/http/${index}`, value: own });
    }
  }
  return operations;
}

function ownRuleOperation(path: string, rule: HttpRule, wanted: HttpRule | undefined): PatchOperation[] {
  if (!wanted) return [{ op: 'remove', path }];
  return isDeepStrictEqual(rule, wanted) ? [] : [{ op: 'replace', path, value: wanted }];
}

/** @param path JSON pointer of the rule, for example `/spec/http/0` */
export function ruleOperations(path: string, before: HttpRule, after: HttpRule): PatchOperation[] {
  const mirror = MIRROR_FIELDS.flatMap((field) => fieldOperations(`${path}/${field}`, before[field], after[field]));
  return [...mirror, ...destinationOperations(`${path}/route`, before.route ?? [], after.route ?? [])];
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
    ...fieldOperations(`${path}/${index}/weight`, entry.weight, after[index]?.weight),
    ...nestedOperations(`${path}/${index}/headers`, entry.headers, after[index]?.headers),
  ]);
  const added = after.slice(before.length).map((value): PatchOperation => ({ op: 'add', path: `${path}/-`, value }));
  return [...gone, ...fields, ...added];
}

function missingIndex(before: WeightedDestination[], after: WeightedDestination[]): number {
  return before.findIndex((entry, index) => !isDeepStrictEqual(entry.destination, after[index]?.destination));
}

/** The smallest operations between two trees of objects. */
function nestedOperations(path: string, before: unknown, after: unknown): PatchOperation[] {
  if (!isTree(before) || !isTree(after)) return fieldOperations(path, before, after);
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => nestedOperations(`${path}/${pointer(key)}`, before[key], after[key]));
}

function fieldOperations(path: string, before: unknown, after: unknown): PatchOperation[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (after === undefined) return [{ op: 'remove', path }];
  return [{ op: before === undefined ? 'add' : 'replace', path, value: after }];
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
