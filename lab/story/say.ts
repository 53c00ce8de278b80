/** What a story itself says: plain lines, and headings that carry the time since the start. */
import { styleText } from 'node:util';

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** @param started epoch ms at which the story began */
export function heading(started: number, title: string): void {
  say();
  say(styleText('bold', `${clock(Date.now() - started)}  ${title}`, { stream: process.stdout }));
}

/** Every line indented by two; what is longer than `width` columns goes on below itself. */
export function indented(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const margin = 2 + line.search(/\S|$/);
    const room = width - margin - HANGING;
    const pieces = line.match(new RegExp(`\\S.{0,${room - 1}}(?=\\s|$)|\\S{1,${room}}`, 'g')) ?? [''];
    return pieces.map((piece, index) => `${' '.repeat(margin + (index > 0 ? HANGING : 0))}${piece}`.trimEnd());
  });
}

const HANGING = 2;

/** `1:07` */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
