import type { Look } from '../render/look.ts';
import { clean } from '../render/text.ts';
import { lookOf, type Settings } from '../settings.ts';

/** The program's two streams: data on stdout, everything that is said to a person on stderr. */
export interface Terminal {
  /** One line of data. */
  print(line: string): void;
  /** One line for the person; silenced by --quiet. */
  say(line: string): void;
  readonly look: Look;
}

export function openTerminal(settings: Settings): Terminal {
  return {
    print: (line) => process.stdout.write(`${line}\n`),
    say: (line) => {
      if (!settings.quiet) process.stderr.write(`${clean(line)}\n`);
    },
    look: lookOf(process.stdout, settings.color),
  };
}

/** Data for machines: indented JSON, or one object per line. */
export function printData(terminal: Terminal, settings: Settings, data: unknown): void {
  terminal.print(settings.output === 'json' ? JSON.stringify(data, null, 2) : JSON.stringify(data));
}

/** A list for machines: one array, or one object per line. */
export function printRows(terminal: Terminal, settings: Settings, rows: readonly unknown[]): void {
  if (settings.output === 'json') printData(terminal, settings, rows);
  else for (const row of rows) printData(terminal, settings, row);
}
