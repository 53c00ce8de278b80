import type { CountTree } from '../contract/slice.ts';
import type { Counters } from './counters.ts';

const SEPARATOR = '\0';

/** Both together. */
export function addTo(counters: Counters, more: Counters): Counters {
  const sum = new Map(counters);
  for (const [key, count] of more) sum.set(key, (sum.get(key) ?? 0) + count);
  return sum;
}

export function joinKey(parts: readonly string[]): string {
  return parts.join(SEPARATOR);
}

export function splitKey(key: string): string[] {
  return key.split(SEPARATOR);
}

export function toTree(counters: Counters): CountTree {
  const tree: CountTree = {};
  for (const [key, count] of counters) {
    const labels = splitKey(key);
    const last = labels.pop() ?? '';
    let at = tree;
    for (const label of labels) {
      at[label] ??= {};
      at = at[label] as CountTree;
    }
    at[last] = count;
  }
  return tree;
}

export function fromTree(tree: CountTree, above: string[] = []): [key: string, count: number][] {
  return Object.entries(tree).flatMap(([label, of]): [string, number][] =>
    typeof of === 'number' ? [[joinKey([...above, label]), of]] : fromTree(of, [...above, label]),
  );
}
