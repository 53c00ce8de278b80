/** In which order parts start and stop: each after what it needs, independent ones at the same time. */
import { LabError } from './errors.ts';
import { PART_NAMES, type PartName } from './state.ts';

interface Node {
  name: PartName;
  needs: readonly PartName[];
}

/** Does the work for every part, each after all its needs; rejects with the first failure. */
export async function inOrder<T extends Node>(parts: readonly T[], work: (part: T) => Promise<void>): Promise<void> {
  const begun = new Map<PartName, Promise<void>>();
  const visit = (part: T): Promise<void> => {
    const known = begun.get(part.name);
    if (known) return known;
    const needs = parts.filter((other) => part.needs.includes(other.name));
    const done = Promise.all(needs.map(visit)).then(() => work(part));
    begun.set(part.name, done);
    return done;
  };
  await Promise.all(parts.map(visit));
}

/** The same parts with every need turned round: what is needed by others comes after them. */
export function reversed<T extends Node>(parts: readonly T[]): T[] {
  return parts.map((part) => ({
    ...part,
    needs: parts.filter((other) => other.needs.includes(part.name)).map((other) => other.name),
  }));
}

/**
 * The parts that remain when some are left out: what needs a missing part goes too.
 *
 * @throws LabError on a name that is no part
 */
export function withoutParts(parts: readonly Node[], without: readonly string[]): PartName[] {
  const unknown = without.find((name) => !PART_NAMES.some((part) => part === name));
  if (unknown !== undefined) {
    throw new LabError(`"${unknown}" is no part of the lab: parts are ${PART_NAMES.join(', ')}`);
  }
  const out = new Set(without);
  // the parts are listed in an order in which every need comes first
  for (const part of parts) if (part.needs.some((need) => out.has(need))) out.add(part.name);
  return parts.map((part) => part.name).filter((name) => !out.has(name));
}
