/** Programs of this machine that can be used instead of building: tried, not only found. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findOnPath } from './find-on-path.ts';

/** How a program tells its version, and which versions fit. */
export interface Fit {
  args: readonly string[];
  /** Its first group is the version in the output. */
  version: RegExp;
  /** `1.36` or `1.36.2`: the first that fits, and the first that does no longer. */
  from: string;
  below: string;
}

export interface Tried {
  path: string;
  /** Undefined when it did not tell one. */
  version?: string;
  fits: boolean;
}

/** The first program of that name on the PATH and whether it fits; undefined without one. */
export async function tryOnPath(name: string, fit: Fit, path = process.env.PATH): Promise<Tried | undefined> {
  const file = findOnPath(name, path);
  if (!file) return undefined;
  const version = fit.version.exec(await outputOf(file, fit.args))?.[1];
  return { path: file, version, fits: version !== undefined && versionFits(version, fit) };
}

export function versionFits(version: string, { from, below }: Pick<Fit, 'from' | 'below'>): boolean {
  return compare(version, from) >= 0 && compare(version, below) < 0;
}

/** By the numbers between dots; what is missing counts as zero, a suffix such as `-rc.1` or `+ds` not at all. */
function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => (text.split(/[-+]/)[0] ?? '').split('.').map(Number));
  for (const at of [0, 1, 2]) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What it prints, on either stream; empty when it does not run or fails. */
async function outputOf(file: string, args: readonly string[]): Promise<string> {
  // outside the project, so that a version manager does not read its files
  const options = { cwd: '/', timeout: 20_000 };
  return promisify(execFile)(file, [...args], options).then(
    ({ stdout, stderr }) => stdout + stderr,
    () => '',
  );
}
