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

/**
 * Ids that are named, in order; `P:`, `A14:` and `P:route` name all that begin so.
 * @throws RangeError for a name that is none
 */
export function chooseIds(ids: readonly string[], only: readonly string[] | undefined, shard?: Shard): string[] {
  const named = (id: string, name: string) => id === name || (name.includes(':') && id.startsWith(name));
  const unknown = only?.find((name) => !ids.some((id) => named(id, name)));
  if (unknown) throw new RangeError(`no row is called ${unknown}; there are ${ids.join(', ')}`);
  const chosen = only ? ids.filter((id) => only.some((name) => named(id, name))) : [...ids];
  return shard ? chosen.filter((_, index) => index % shard.of === shard.number - 1) : chosen;
}
