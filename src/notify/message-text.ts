import type { MessageFacts } from './facts.ts';

/** RFC 3676, section 4.2 allows 78; a quote of a quote still fits. */
const COLUMNS = 72;

/** Plain text of 72 columns; sections apart by a blank line, empty ones left out. Commands and addresses are never broken. */
export function toText({ verdict, asked, lines, links, sections, commands }: MessageFacts): string {
  const titled = sections.map(([title, lines]) => {
    return [title, ...lines.map(([label, text]) => wrapped(`  ${label ? `${label}: ` : ''}${text}`, 4))];
  });
  const next = ['Next', ...commands.map((command) => `  ${command}`)];
  const untitled = [[wrapped(verdict)], pairs(asked), pairs([...lines, ...links])].filter(({ length }) => length > 0);
  const blocks = [...untitled, ...[...titled, next].filter(({ length }) => length > 1)];
  return `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`;
}

function pairs(list: [string, string][]): string[] {
  const width = Math.max(0, ...list.map(([label]) => label.length)) + 1;
  return list.map(([label, value]) => wrapped(`${`${label}:`.padEnd(width)} ${value}`, width + 1));
}

/** Broken between words, never within. @param indent of all lines but the first, which has nothing to break before it */
function wrapped(line: string, indent = 0): string {
  const done: string[] = [];
  let rest = line;
  while (rest.length > COLUMNS) {
    const before = rest.lastIndexOf(' ', COLUMNS);
    const at = before > indent ? before : rest.indexOf(' ', COLUMNS);
    if (at < 0) break;
    done.push(rest.slice(0, at));
    rest = ' '.repeat(indent) + rest.slice(at + 1).trimStart();
  }
  return [...done, rest].join('\n');
}
