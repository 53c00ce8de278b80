/** How a terminal wants to be written to, and the marks and colours that follow from it. */
import { styleText } from 'node:util';
import type { Style } from '../../contract/badge.ts';
import { cut, widthOf } from './text.ts';

export interface TerminalLook {
  /** Columns. */
  width: number;
  /** Rows that a picture may take; absent: as many as it needs. */
  height?: number;
  color: boolean;
  /** False: ASCII only. */
  unicode: boolean;
}

/** A piece of a line: plain, or with a style. */
export type TextPart = string | readonly [Style, string];

const STYLES = {
  good: 'green',
  bad: ['red', 'bold'],
  warn: 'yellow',
  person: ['magenta', 'bold'],
  busy: 'cyan',
  quiet: 'gray',
  strong: 'bold',
} as const;

/** Joins the parts of one line: cut to the look's width, coloured last, ASCII when it must be. */
export function toLine(parts: TextPart[], look: TerminalLook): string {
  let room = look.width;
  let line = '';
  for (const [index, part] of parts.entries()) {
    const text = typeof part === 'string' ? part : part[1];
    const rest = parts.slice(index + 1).some((later) => (typeof later === 'string' ? later : later[1]).trim() !== '');
    const fitted = fitText(look.unicode ? text : toAscii(text), room, rest, look);
    room -= widthOf(fitted);
    line += typeof part === 'string' || !look.color ? fitted : paint(part[0], fitted);
    if (room <= 0) break;
  }
  return line.trimEnd();
}

/** When the text fills the line and more follows, the cut must show. */
function fitText(text: string, room: number, rest: boolean, look: TerminalLook): string {
  const mark = look.unicode ? '…' : '~';
  return rest && widthOf(text) === room ? cut(`${text} `, room, mark) : cut(text, room, mark);
}

function paint(style: Style, text: string): string {
  return text === '' ? '' : styleText([...[STYLES[style]].flat()] as 'red'[], text, { validateStream: false });
}

/** Every mark has a shape of its own; colour only repeats what shape and word say. */
const ASCII: Record<string, string> = {
  '✔': '+',
  '▶': '>',
  '·': '.',
  '⊘': 'o',
  '✖': 'x',
  '–': '-',
  '◌': '.',
  '⏸': '=',
  '✋': '!',
  '↩': '<',
  '⇥': '>',
  '⚠': '!',
  '→': '->',
  '█': '#',
  '░': '-',
  '…': '~',
  '≡': '=',
  '≈': '~',
};

/** Known marks get their ASCII twin, everything else that is not ASCII a question mark. */
function toAscii(text: string): string {
  return text.replace(/[^\p{ASCII}]/gu, (mark) => ASCII[mark] ?? '?');
}
