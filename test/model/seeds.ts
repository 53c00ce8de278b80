/**
 * Seeds to play: `SEEDS=1-200`, `SEEDS=7`, or the first so many.
 * @throws RangeError that shows what would be right
 */
export function seedsToPlay(count: number, text = process.env.SEEDS ?? `1-${count}`): number[] {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!(from <= to)) throw new RangeError(`seeds look like 1-200 or 7, not "${text}"`);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
