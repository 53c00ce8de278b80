/** One thing that is wrong in a plan file, where it is, and what would be right. */
export interface PlanProblem {
  file: string;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  /** `spec.shift.weights[2]`; empty for the whole document. */
  path: string;
  message: string;
  remedy: string;
}

/** One line per problem: `reviews.yaml:23:15  spec.shift.weights[2]: 40 does not grow; write weights that increase …`. */
export function formatProblems(problems: readonly PlanProblem[]): string {
  return problems.map(formatProblem).join('\n');
}

function formatProblem({ file, line, column, path, message, remedy }: PlanProblem): string {
  const where = path ? `${path}: ` : '';
  return `${file}:${line}:${column}  ${where}${message}; ${remedy}`;
}

/** `['spec', 'shift', 'weights', 2]` → `spec.shift.weights[2]`; keys that are no plain words are quoted. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const key = shortKey(String(part));
    if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text ? `${text}.${key}` : key;
  }, '');
}

/** Longest part of a key that is repeated, characters. */
const LONGEST_KEY = 100;

function shortKey(key: string): string {
  return key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY)}…` : key;
}

export function byPlace(a: PlanProblem, b: PlanProblem): number {
  return a.line - b.line || a.column - b.column;
}
