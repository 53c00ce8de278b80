/** Results on disk, one JSON object a line: what is there needs not run again. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { columns } from '../../lab/cli/table.ts';
import type { RowResult } from './row.ts';
import type { ActivityCalls } from './rows/pairs.ts';

/** A line of the file; the clean run also tells the pairs. */
export type StoredResult = RowResult & { activities?: ActivityCalls };

/** Of each row the newest result; a last line that is not whole is left out. */
export function readResults(file: string): Map<string, StoredResult> {
  if (!existsSync(file)) return new Map();
  const text = readFileSync(file, 'utf8');
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean);
  return new Map(lines.map((line) => JSON.parse(line) as StoredResult).map((result) => [result.id, result]));
}

export function storeResult(file: string, result: StoredResult): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}

export function forgetResults(file: string): void {
  rmSync(file, { force: true });
}

/** Has run well with this seed. */
export function isDone(result: RowResult | undefined, seed: number): boolean {
  return result?.ok === true && result.seed === seed;
}

/** Rows, outcomes, seconds to the safe state, what users met, and what is wrong. */
export function resultTable(results: readonly RowResult[]): string {
  const sorted = [...results].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  const rows = sorted.map((result) => [
    result.id,
    result.ok ? 'ok' : 'WRONG',
    result.safeAfterS === undefined ? '' : result.safeAfterS.toFixed(2),
    `${result.failed}/${result.sent}`,
    Object.keys(result.exempt ?? {}).length === 0 ? 'all' : `all but ${Object.keys(result.exempt ?? {}).join(' ')}`,
    result.seconds.toFixed(0),
    `${result.what}: ${result.outcome}`,
  ]);
  const head = ['ROW', '', 'SAFE AFTER s', 'USERS FAILED', 'INVARIANTS', 'SECONDS', 'FAULT AND OUTCOME'];
  const wrong = sorted.filter(({ ok }) => !ok).flatMap(({ id, problems }) => problems.map((text) => `${id}: ${text}`));
  return [columns([head, ...rows]), ...wrong].join('\n');
}
