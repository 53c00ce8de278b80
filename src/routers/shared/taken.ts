import type { Taken } from '../contract.ts';

const ORDER: Taken['kind'][] = ['refused', 'pending', 'taken', 'unknown'];

/** The worst that is said; undefined when nothing is. */
export function worst(all: Taken[]): Taken | undefined {
  return all.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))[0];
}
