/** What a process said last, for the error that reports its end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './errors.ts';
import type { LabState } from './state.ts';

/** The last lines of a text file; empty when it cannot be read. */
export function lastLines(file: string, count: number): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count);
  } catch {
    return [];
  }
}

const TROUBLE = /error|fatal|panic|fail|cannot|could not|denied|refused|unable|invalid|no such|not found/i;

/** The line that most likely says why: the last one that speaks of trouble and is no stack frame. */
export function reasonIn(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => /^\S/.test(line) && TROUBLE.test(line));
}

/** How a process ended, as people say it. */
export function howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ? `ended by ${signal}` : `ended with exit code ${code}`;
}

/** Of a line, in characters. */
const SHOWN = 300;

/** An error about a process: what became of it, the reason if its log has one, then the log's end and path. */
export function processError(what: string, log: string): LabError {
  const lines = lastLines(log, 12).map((line) => line.slice(0, SHOWN));
  const reason = reasonIn(lines);
  return new LabError(reason ? `${what}: ${reason}` : what, lines.length > 0 ? [...lines, `full log: ${log}`] : []);
}

/** About a part of a running lab that ended although nobody asked it to. */
export function partEnded(state: LabState): LabError | undefined {
  const [name, part] = Object.entries(state.parts).find(([, { status }]) => status === 'exited') ?? [];
  return part && processError(`${name} ${part.error}`, join(state.logs, `${name}.log`));
}
