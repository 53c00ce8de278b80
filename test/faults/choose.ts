/** Which rows a call of the runner is about. */

export interface Shard {
  /** 1 to {@link of}. */
  number: number;
  of: number;
}

/** @throws RangeError that shows what would be right */
export function parseShard(text: string): Shard {
  const [, number, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { number: Number(number), of: Number(of) };
  if (!(shard.number >= 1 && shard.number <= shard.of))
    throw new RangeError(`a shard looks like 2/3 (the second of three), not "${text}"`);
  return shard;
}

/** Exit code for a name that is no row's. */
export const WRONG_NAME = 2;

export class UnknownRow extends RangeError {}

/** Whether `name` means the row `id`; with a colon it may be the beginning. */
const means = (name: string, id: string) => id === name || (name.includes(':') && id.startsWith(name));

/** @throws UnknownRow for a name that no row can have: neither of `ids`, nor of a way with one of `prefixes` */
export function assertKnown(only: readonly string[], ids: readonly string[], prefixes: readonly string[]): void {
  const ways = prefixes.map((prefix) => `${prefix}:`);
  const known = (name: string) => ids.some((id) => means(name, id)) || ways.some((way) => name.startsWith(way));
  const unknown = only.find((name) => !known(name));
  if (unknown) throw new UnknownRow(`no row is called ${unknown}; there are ${[...ids, ...ways].join(', ')}`);
}

/**
 * Ids that are named, in order; `P:`, `A14:` and `P:route` name all that begin so.
 * @throws UnknownRow for a name that is none
 */
export function chooseIds(ids: readonly string[], only: readonly string[] | undefined, shard?: Shard): string[] {
  const unknown = only?.find((name) => !ids.some((id) => means(name, id)));
  if (unknown) throw new UnknownRow(`no row is called ${unknown}; there are ${ids.join(', ')}`);
  const chosen = only ? ids.filter((id) => only.some((name) => means(name, id))) : [...ids];
  return shard ? chosen.filter((_, index) => index % shard.of === shard.number - 1) : chosen;
}
