const FIRST_MS = 1000;
const LONGEST_MS = 10_000;

/** A run of this length is a good one: the next failure starts the back-off anew. */
export const STABLE_MS = 20_000;

/** Wait before the n-th attempt after a failure (n from 1), milliseconds: 1 s, 2 s, 4 s … at most 10 s. */
export function backOffMs(failures: number): number {
  return Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
}
