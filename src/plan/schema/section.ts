import { z } from 'zod';
import { wording } from '../wording.ts';

/** A section of the plan: unknown keys are refused; the known ones travel in the issue's text (see `issues.ts`). */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') return Object.keys(shape).join(' ');
      const keys = Object.keys(shape).join(', ');
      return issue.input === undefined
        ? wording('is missing', `write the section with ${keys}`)
        : wording('is not a section with keys', `write the keys ${keys}, indented below it`);
    },
  });
}

/** A list whose own mistakes (missing, not a list, too long, empty) are said in one sentence. */
export function list<Item extends z.ZodType>(item: Item, expected: string, { min = 0, max = 100 } = {}) {
  const error = (issue: z.core.$ZodRawIssue) => {
    if (issue.input === undefined) return wording('is missing', `write ${expected}`);
    if (issue.code === 'too_small') return wording('the list is empty', `write ${expected}`);
    if (issue.code === 'too_big') return wording('the list is too long', `write at most ${max} entries`);
    return wording('is not a list', `write ${expected}`);
  };
  return z.array(item, { error }).min(min, { error }).max(max, { error });
}

export type Report = (path: (string | number)[], message: string, remedy: string) => void;

/**
 * A rule between fields. It runs as soon as the fields it reads are sound, whatever else is wrong in the section, so that
 * all problems come at once.
 */
export function rule<Value>(fields: (keyof Value & string)[], check: (value: Value, report: Report) => void) {
  return z.superRefine<Value>(
    (value, context) => {
      check(value, (path, message, remedy) =>
        context.addIssue({ code: 'custom', path, message: wording(message, remedy) }),
      );
    },
    { when: ({ issues }) => issues.every((issue) => leaves(issue, fields)) },
  );
}

function leaves(issue: z.core.$ZodRawIssue, fields: string[]): boolean {
  const [first] = issue.path ?? [];
  return first === undefined ? issue.code === 'unrecognized_keys' : !fields.includes(String(first));
}

/** Reports every entry whose key was used by an earlier one. */
export function reportRepeats<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  report: (index: number, key: string, first: number) => void,
): void {
  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else report(index, key, first);
  }
}
