/** Recorded series as JSON Lines: one tick a line, with errors that name the line. */
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Tick } from '../../../judge/compare/types.ts';
import { formatPath } from '../../../plan/problem.ts';
import { CliError, unreadable } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';

/** A tick, and the weight in percent from this tick on where it changes; null: back to the mirror. */
export interface RecordedTick extends Tick {
  weight?: number | null;
}

/** Further keys of a tick, such as a time, are left aside; in an arm they would be a mistake. What a count may be the judge knows. */
const ARM = z
  .strictObject({
    requests: z.number(),
    errors: z.number(),
    histogram: z.strictObject({ le: z.array(z.number()), counts: z.array(z.number()) }).optional(),
  })
  .nullable()
  .optional();

const TICK = z.object({
  tick: z.number(),
  weight: z.number().min(0).max(100).nullable().optional(),
  canary: ARM,
  primary: ARM,
});

/** @throws CliError 2 saying what is wrong and what would be right; `where` names the line */
export function parseTick(line: string, where: string): RecordedTick {
  const value = parseJson(line, where);
  const result = TICK.safeParse(value);
  if (result.success) return result.data;
  throw new CliError(
    EXIT.usage,
    `${where}: ${result.error.issues.map((issue) => describe(issue, value)).join('; ')}`,
    EXAMPLE,
  );
}

const EXAMPLE =
  'A line looks like this: {"tick":1,"canary":{"requests":100,"errors":1},"primary":{"requests":1900,"errors":4}}';

function parseJson(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new CliError(EXIT.usage, `${where}: no JSON: ${JSON.stringify(line.slice(0, 60))}`, EXAMPLE);
  }
}

function describe(issue: z.core.$ZodIssue, value: unknown): string {
  const path = formatPath(issue.path) || 'the line';
  if (issue.code === 'unrecognized_keys')
    return `${path} has ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}: only ${issue.path.includes('histogram') ? 'le, counts' : 'requests, errors, histogram'} wanted`;
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
  const shown = found === undefined ? 'missing' : JSON.stringify(found).slice(0, 40);
  const wanted =
    issue.code === 'invalid_type' ? (ARTICLES[issue.expected] ?? issue.expected) : 'a number from 0 to 100';
  return `${path} is ${shown}: ${wanted} wanted`;
}

const ARTICLES: Record<string, string> = { number: 'a number', array: 'a list of numbers', object: 'an object' };

/** Lines with their places, `FILE line 3`; empty ones are left out. `-` is stdin. */
export async function* readLines(file: string): AsyncGenerator<{ line: string; where: string }> {
  const name = file === '-' ? 'stdin' : file;
  const handle = file === '-' ? undefined : await open(file).catch((error) => Promise.reject(unreadable(file, error)));
  try {
    let number = 0;
    const input = handle?.createReadStream({ encoding: 'utf8' }) ?? process.stdin;
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      if (line.trim() !== '') yield { line, where: `${name} line ${number}` };
    }
  } catch (error) {
    throw isSystemError(error) ? unreadable(file, error) : error;
  } finally {
    await handle?.close();
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
