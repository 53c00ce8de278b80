import type { z } from 'zod';
import { formatPath, type PlanProblem } from './problem.ts';
import type { ParsedSource } from './source.ts';
import { suggest } from './suggest.ts';
import { readWording, showValue, type Wording } from './wording.ts';

type Problem = Omit<PlanProblem, 'file'>;

/** Parts of the contract that later versions bring, and what to do today. */
const LATER = new Map(
  Object.entries({
    'spec.acceptance[].webhook': 'write an http test',
  }),
);

/** What zod found, as problems with places. A part of a later version is one problem, not also a missing key. */
export function issueProblems(issues: readonly z.core.$ZodIssue[], source: ParsedSource): Problem[] {
  const all = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? [] : plainProblems(issue, source)));
  const unknown = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? unknownKeys(issue, source) : []));
  const later = new Set(unknown.filter(({ isLater }) => isLater).map(({ section }) => section));
  const wanted = all.filter(({ message, section }) => !(message === 'is missing' && later.has(section)));
  return [...wanted, ...unknown].map(({ line, column, path, message, remedy }) => ({
    line,
    column,
    path,
    message,
    remedy,
  }));
}

type Found = Problem & { section: string };

function plainProblems(issue: z.core.$ZodIssue, source: ParsedSource): Found[] {
  // A key of a map (labels, headers) carries its own issues.
  if (issue.code === 'invalid_key') {
    const key = String(issue.path.at(-1));
    const place = source.placeOfKey(issue.path.slice(0, -1), key);
    const { remedy } = readWording(issue.issues[0]?.message ?? issue.message);
    return [found(issue.path, place, { message: `${showValue(key)} is not allowed here`, remedy })];
  }
  return [found(issue.path, source.placeOf(issue.path), readWording(issue.message))];
}

function found(path: readonly PropertyKey[], place: { line: number; column: number }, words: Wording): Found {
  return { ...place, path: formatPath(path), section: formatPath(path.slice(0, -1)), ...words };
}

function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, source: ParsedSource): (Found & { isLater: boolean })[] {
  const known = issue.message.split(' ');
  return issue.keys.map((key) => {
    const path = [...issue.path, key];
    const later = LATER.get(formatPath(path).replace(/\[\d+\]/g, '[]'));
    const words = later ? { message: 'is not supported by this version', remedy: later } : unknownKey(key, known);
    return { ...found(path, source.placeOfKey(issue.path, key), words), isLater: later !== undefined };
  });
}

function unknownKey(key: string, known: string[]): Wording {
  if (key === '<<') return { message: 'merge keys are not allowed', remedy: 'write the keys out' };
  const near = suggest(key, known);
  const remedy = near ? `did you mean "${near}"?` : `known here: ${known.join(', ')}`;
  return { message: 'unknown key', remedy };
}
