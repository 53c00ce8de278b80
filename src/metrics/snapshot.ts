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
  return branch([...counters].map(([key, count]) => ({ labels: splitKey(key), count })));
}

/** From entries, so that a label such as `__proto__` is a key like any other. */
function branch(all: { labels: string[]; count: number }[], depth = 0): CountTree {
  const groups = Map.groupBy(all, ({ labels }) => labels[depth] ?? '');
  const entries = [...groups].map(([label, group]): [string, CountTree | number] => {
    const leaf = group.findLast(({ labels }) => labels.length === depth + 1);
    return [label, leaf ? leaf.count : branch(group, depth + 1)];
  });
  return Object.fromEntries(entries);
}

export function fromTree(tree: CountTree, above: string[] = []): [key: string, count: number][] {
  return Object.entries(tree).flatMap(([label, of]): [string, number][] =>
    typeof of === 'number' ? [[joinKey([...above, label]), of]] : fromTree(of, [...above, label]),
  );
}
