/**
 * How the schema says what is wrong. A zod issue carries one text, so problem and remedy travel in it on two lines;
 * values are shown as JSON, which has no raw line breaks.
 */
import type { z } from 'zod';

const MAX_SHOWN = 60;

export interface Wording {
  message: string;
  remedy: string;
}

export function wording(message: string, remedy: string): string {
  return `${message}\n${remedy}`;
}

export function readWording(text: string): Wording {
  const [message = text, remedy = 'correct it'] = text.split('\n');
  return { message, remedy };
}

/** The error of one value: `expected` is what would be right, with an example: `a whole number from 1 to 100, for example 50`. */
export function expects(expected: string): (issue: z.core.$ZodRawIssue) => string {
  return (issue) =>
    issue.input === undefined
      ? wording('is missing', `write ${expected}`)
      : wording(`${showValue(issue.input)} is not allowed here`, `write ${expected}`);
}

/** A value in few characters, never more than one line. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'nothing (null)';
  if (typeof value === 'object') return 'a section with keys';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
