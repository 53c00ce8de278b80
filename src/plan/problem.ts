/** One thing that is wrong in a plan file, where it is, and what would be right. */
export interface PlanProblem {
  file: string;
  /** From 1; absent, as the column: an object in the cluster has no lines. */
  line?: number;
  column?: number;
  /** `spec.shift.weights[2]`; empty for the whole document. */
  path: string;
  message: string;
  remedy: string;
}

/** One line per problem: `reviews.yaml:23:15  spec.shift.weights[2]: 40 does not grow; write weights that increase …`. */
export function formatProblems(problems: readonly PlanProblem[]): string {
  return problems.map(formatProblem).join('\n');
}

function formatProblem(problem: PlanProblem): string {
  const { line, path, message, remedy } = problem;
  const where = path ? `${path}: ` : '';
  return `${fileOf(problem)}${line === undefined ? ': ' : '  '}${where}${message}; ${remedy}`;
}

/** `reviews.yaml:23:15`, or what an object is called. */
export function fileOf({ file, line, column }: PlanProblem): string {
  return line === undefined ? file : `${file}:${line}:${column}`;
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

export function byPlace({ line = 0, column = 0 }: PlanProblem, other: PlanProblem): number {
  return line - (other.line ?? 0) || column - (other.column ?? 0);
}
