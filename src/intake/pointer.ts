/** Texts with places in JSON in them: `/project/name`, `ghcr.io/{/package/name}`. */
import { valueAt } from '../contract/json-pointer.ts';

const LONGEST = 4096;

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
