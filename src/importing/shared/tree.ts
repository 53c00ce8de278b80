/** A section of an object whose fields nobody has checked. */
export type LooseTree = { [key: string]: unknown };

export type Path = readonly (string | number)[];

export function isTree(value: unknown): value is LooseTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of sections has fields of its own; a list of plain values is one. */
export function isSection(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isSection) || value.some(isTree);
  return isTree(value) && Object.keys(value).length > 0;
}

/** Without what is undefined or an empty list, at any depth. */
export function tidy<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(tidy) as Value;
  if (!isTree(value)) return value;
  const entries = Object.entries(value).filter(
    ([, part]) => part !== undefined && !(Array.isArray(part) && part.length === 0),
  );
  return Object.fromEntries(entries.map(([key, part]) => [key, tidy(part)])) as Value;
}

/** Every text in it, replaced. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((part) => mapTexts(part, change));
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mapTexts(part, change)]));
}
