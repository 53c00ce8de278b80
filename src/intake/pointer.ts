/** Places in JSON (RFC 6901), and texts with places in them: `/project/name`, `ghcr.io/{/package/name}`. */

const LONGEST = 4096;

/** @returns undefined when there is nothing, or only what JavaScript itself brings */
export function valueAt(root: unknown, pointer: string): unknown {
  const keys = pointer.split('/').slice(1);
  return keys.reduce<unknown>((value, key) => {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      ? (value as Record<string, unknown>)[name]
      : undefined;
  }, root);
}

/** One line of at most `max` characters; what is no text, number or boolean is empty. */
export function textAt(root: unknown, template: string, max = 1000): string {
  if (template.startsWith('/')) return plain(valueAt(root, template)).slice(0, max);
  return template.replace(/\{(\/[^{}]*)\}/g, (_whole, pointer: string) => plain(valueAt(root, pointer))).slice(0, max);
}

function plain(value: unknown): string {
  if (!['string', 'number', 'boolean'].includes(typeof value)) return '';
  return String(value)
    .slice(0, LONGEST)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}
