/** What the demo itself says: plain lines, and headings that carry the time since the start. */
import { styleText } from 'node:util';

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** @param started epoch ms at which the demo began */
export function heading(started: number, title: string): void {
  say();
  say(styleText('bold', `${clock(Date.now() - started)}  ${title}`, { stream: process.stdout }));
}

/** `1:07` */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
