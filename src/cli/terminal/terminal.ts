import { safeJson } from '../../contract/safe-json.ts';
import type { TerminalLook } from '../render/look.ts';
import { clean } from '../render/text.ts';
import type { Settings } from '../settings.ts';

/** The program's two streams: data on stdout, everything that is said to a person on stderr. */
export interface Terminal {
  /** One line of data. */
  print(line: string): void;
  /** One line for the person; silenced by --quiet. */
  say(line: string): void;
  readonly output: Settings['output'];
  readonly look: TerminalLook;
}

export function openTerminal(settings: Settings): Terminal {
  return {
    print: (line) => process.stdout.write(`${settings.output === 'text' ? line : safeJson(line)}\n`),
    say: (line) => {
      if (!settings.quiet) process.stderr.write(`${clean(line)}\n`);
    },
    output: settings.output,
    look: lookOf(process.stdout, settings.color),
  };
}

/** Data for machines (indented JSON, or one object per line), `lines` for people. */
export function show(terminal: Terminal, data: unknown, lines: () => string[]): void {
  if (terminal.output === 'json') terminal.print(JSON.stringify(data, null, 2));
  else if (terminal.output === 'jsonl') terminal.print(JSON.stringify(data));
  else for (const line of lines()) terminal.print(line);
}

/** A list: for machines one array, or one object per line. */
export function showRows(terminal: Terminal, rows: readonly unknown[], lines: () => string[]): void {
  if (terminal.output === 'jsonl') for (const row of rows) terminal.print(JSON.stringify(row));
  else show(terminal, rows, lines);
}

const DEFAULT_WIDTH = 80;
const WIDEST = 140;

interface Sink {
  isTTY?: boolean;
  columns?: number;
}

/** Colour and width are decided for each stream by itself. */
function lookOf(stream: Sink, color: Settings['color'], env: NodeJS.ProcessEnv = process.env): TerminalLook {
  return {
    width: Math.min(stream.columns || DEFAULT_WIDTH, WIDEST),
    color: wantsColor(stream, color, env),
    unicode: wantsUnicode(env),
  };
}

/** Order: the flag, then NO_COLOR and TERM=dumb, then whether people look at it. */
function wantsColor(stream: Sink, color: Settings['color'], env: NodeJS.ProcessEnv): boolean {
  if (color !== 'auto') return color === 'always';
  if (env.NO_COLOR || env.TERM === 'dumb') return false;
  return stream.isTTY === true;
}

/** The first of these that is set decides, as in setlocale(3); none set: a container's bare shell, where UTF-8 is usual. */
function wantsUnicode(env: NodeJS.ProcessEnv): boolean {
  if (env.TERM === 'dumb' || env.TERM === 'linux') return false;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return !locale || /utf-?8/i.test(locale);
}
