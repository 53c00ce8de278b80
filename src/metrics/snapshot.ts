import type { CountTree } from '../contract/slice.ts';
import type { Counters } from './counters.ts';
import { HELPER, HELPERS } from './helper-series.ts';
import type { Sample } from './prometheus.ts';

/** One answer, taken apart. */
export interface CounterSnapshot {
  /** Values by series; `splitKey` gives the label values back. */
  counters: Counters;
  /** When each pod or workload was scraped, ms on Prometheus's clock. */
  scraped: Map<string, number>;
  /** When Prometheus evaluated the query, ms on its clock; absent in an empty answer. */
  evaluatedMs?: number;
}

const SEPARATOR = '\0';

/**
 * @param labels that tell the series apart, in the order of the key
 * @param scrapedBy label of the helper series
 */
export function takeApart(samples: Sample[], labels: string[], scrapedBy: string): CounterSnapshot {
  const counters = new Map<string, number>();
  const scraped = new Map<string, number>();
  for (const sample of samples) {
    if (sample.labels[HELPER] === HELPERS.scraped) scraped.set(sample.labels[scrapedBy] ?? '', sample.value * 1000);
    else counters.set(joinKey(labels.map((label) => sample.labels[label] ?? '')), sample.value);
  }
  return { counters, scraped, evaluatedMs: samples[0]?.timeMs };
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
