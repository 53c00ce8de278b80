/** Laws that code and documents quote by number: order rules, invariants, faults. Pure. */
import { lineOf } from './repository.ts';

export interface Citation {
  /** Id of the anchor that it needs: `order-rule-8`, `i8`, `f42`. */
  law: string;
  line: number;
}

/** What may stand between two words of a comment that goes on in the next line. */
const GAP = String.raw`[\s*/#>|]+`;
const RULES = new RegExp(
  String.raw`\border${GAP}rules?${GAP}(\d+(?:(?:${GAP}to${GAP}|,?${GAP}and${GAP}|,${GAP}|–)\d+)*)`,
  'gi',
);
/** `I8`: a word of its own, no colour and no property. */
const INVARIANT = /(?<![\w#.$])I\d{1,2}(?!\w)/g;
/** `F42`, with two digits at least; a second row of one fault has a letter, `F32b`. */
const FAULT = /(?<![\w#.$])(F\d{2,3})[a-z]?(?!\w)/g;

export function citationsIn(text: string): Citation[] {
  const rules = [...text.matchAll(RULES)].flatMap(({ index, 1: numbers = '' }) =>
    [...numbers.matchAll(/\d+/g)].map(([number]) => ({ law: `order-rule-${number}`, line: lineOf(text, index) })),
  );
  const others = [...text.matchAll(INVARIANT), ...text.matchAll(FAULT)].map((match) => ({
    law: (match[1] ?? match[0]).toLowerCase(),
    line: lineOf(text, match.index),
  }));
  return [...rules, ...others];
}
